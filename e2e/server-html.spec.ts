import { expect, test } from "./support/fixtures.ts";
import { seedChat } from "./support/seed-chat.ts";

test.use({ javaScriptEnabled: false });

test("the newest messages, the title and the list are visible without JavaScript", async ({
  page,
  db,
}) => {
  const chatId = await seedChat(db, 60);
  await page.goto(`/chats/${chatId}`);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("A chat of 60 turns");
  await expect(page.locator('[data-role="assistant"]').last()).toContainText("Answer 60.");
  await expect(page.locator(`nav a[href="/chats/${chatId}"]`)).toHaveText("A chat of 60 turns");
  // Only one page of messages, not the whole chat.
  expect(await page.locator("[data-message-id]").count()).toBeLessThan(120);
  await page.goto("/");
  await expect(page.getByRole("textbox", { name: "Message" })).toBeVisible();
});
