import { axeFindingsNow } from "./support/axe-findings.ts";
import { expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";

test.use({ colorScheme: "dark" });

test("a page that fails to render shows an error in the right theme, and recovers", async ({
  chat,
  page,
  db,
  problems,
}) => {
  problems.allow(/^server: |status of (412|500)|Minified React error #441/);
  const chatId = await seedChat(db, 2);
  await chat.goto();
  await db.$executeRawUnsafe('ALTER TABLE "LlmChat" RENAME TO "Elsewhere"');
  try {
    await page.goto(`/chats/${chatId}`);
    await expect(page.getByRole("heading", { name: "Something went wrong" })).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await expect(page).toHaveTitle(/^Something went wrong/);
    expect(await axeFindingsNow(page)).toEqual([]);
    await chat.openList();
    await page.keyboard.press("Escape");
  } finally {
    await db.$executeRawUnsafe('ALTER TABLE "Elsewhere" RENAME TO "LlmChat"');
  }
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(chat.messages).toHaveCount(4);
});
