import { anySize, expect, test } from "./support/fixtures.ts";
import { forgetUsage } from "./support/forget-usage.ts";

test("the usage page shows requests, cost and response times", async ({
  chat,
  page,
  model,
  db,
}) => {
  await forgetUsage(db);
  model.on("Count my tokens", {
    text: ["Counted."],
    usage: { prompt_tokens: 1_000, completion_tokens: 2_000 },
  });
  const chatId = await chat.start("Count my tokens");
  await chat.expectAnswer("Counted.");
  await expect(chat.answer).toContainText("3,000 tokens");
  await expect(chat.answer).toContainText(/\$0\.\d+ · [\d.]+ m?s/);

  await chat.openList();
  await page.getByRole("link", { name: "Usage" }).click();
  await expect(page).toHaveURL(/\/usage$/);
  await expect(page.getByRole("heading", { name: "Usage", level: 1 })).toBeVisible();
  const models = page.getByRole("region", { name: "By model" }).getByRole("table");
  await expect(models.getByRole("row")).not.toHaveCount(1);
  await expect(models.getByRole("columnheader")).toHaveText([
    "Model",
    "Cost",
    "Requests",
    "Errors",
    "Input tokens",
    "Output tokens",
    "p50",
    "p95",
  ]);
  await expect(page.getByRole("group", { name: "Measure" })).toBeVisible();

  const row = page
    .getByRole("region", { name: "Most expensive chats" })
    .getByRole("row")
    .filter({ has: page.locator(`a[href="/chats/${chatId}"]`) });
  // The call that named the chat counts, too.
  await expect(row.getByRole("cell").nth(3)).toHaveText(/^1,[01]\d\d$/);
  await expect(row.getByRole("cell").nth(4)).toHaveText(/^2,[01]\d\d$/);

  await page.getByRole("button", { name: "Range: last 30 days" }).click();
  await page.getByRole("menuitemradio", { name: "Last 7 days" }).click();
  await expect(row).toHaveCount(1);
  await row.getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(`/chats/${chatId}$`));
  await chat.expectAnswer("Counted.");
});

test("the server renders the numbers", anySize, async ({ chat, page }) => {
  await chat.start("Ask once");
  await chat.expectAnswer("An answer to: Ask once");
  const html = await (await page.goto("/usage"))?.text();
  expect(html).toContain("By model");
  expect(html).toContain("gpt-4o-mini");
});
