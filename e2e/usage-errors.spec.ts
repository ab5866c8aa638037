import { expect, test } from "./support/fixtures.ts";
import { forgetUsage } from "./support/forget-usage.ts";

test("the usage page counts failed requests and title requests", async ({
  chat,
  page,
  model,
  problems,
  db,
}) => {
  await forgetUsage(db);
  // The server logs the reason for its operator.
  problems.allow(/^server: /);
  const tokens = { usage: { prompt_tokens: 10, completion_tokens: 5 } };
  model.on("Fail first", { status: 401 }, { text: ["Better."], ...tokens });
  model.onTitle("Fail first", { text: ["Named after all"], ...tokens });
  const chatId = await chat.start("Fail first");
  await chat.retryButton.click();
  await chat.expectAnswer("Better.");

  const row = page
    .getByRole("region", { name: "Most expensive chats" })
    .getByRole("row")
    .filter({ has: page.locator(`a[href="/chats/${chatId}"]`) });
  const cells = row.getByRole("cell");
  await expect(async () => {
    await page.goto("/usage");
    await expect(row.getByRole("rowheader")).toHaveText("Named after all", { timeout: 1_000 });
  }).toPass();
  // After the cost: requests, errors, input tokens, output tokens.
  await expect(cells.nth(1)).toHaveText("3");
  await expect(cells.nth(2)).toHaveText("1");
  await expect(cells.nth(3)).toHaveText("20");
  await expect(cells.nth(4)).toHaveText("10");
  const [day] = new Date().toISOString().split("T");
  const today = page.getByRole("region", { name: "By day" }).getByRole("row", { name: day ?? "" });
  await expect(today.getByRole("cell").nth(2)).not.toHaveText("0");
});
