import type { Page } from "playwright";

/** Asks, sees the answer, and sees it again after a reload and in the list of chats. Returns how many messages there are. */
export async function askInChat(page: Page): Promise<number> {
  await page.getByRole("textbox", { name: "Message" }).fill("Does it?");
  await page.keyboard.press("Enter");
  await showsAnswer(page);
  await page.waitForURL(/\/chat\?id=/);
  await page.reload();
  await showsAnswer(page);
  await page.getByRole("link", { name: "New chat" }).click();
  await page.locator("[data-message-id]").first().waitFor({ state: "detached" });
  await page
    .getByRole("navigation", { name: "Chats" })
    .getByRole("listitem")
    .getByRole("link")
    .click();
  await showsAnswer(page);
  return await page.locator("[data-message-id]").count();
}

/** Waits for the question and the whole answer, and for no other text in them. */
async function showsAnswer(page: Page): Promise<void> {
  const answer = page.locator("[data-role=assistant][data-status=complete] [data-message-content]");
  await answer.filter({ hasText: /^It works\.$/ }).waitFor({ timeout: 60_000 });
  const question = page.locator("[data-role=user] [data-message-content]");
  await question.filter({ hasText: /^Does it\?$/ }).waitFor();
}
