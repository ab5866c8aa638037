import { ChatPage } from "./support/chat-page.ts";
import { expect, test } from "./support/fixtures.ts";
import { expectGrowth, TextLog } from "./support/text-log.ts";
import { words } from "./support/words.ts";

test("a second tab shows the same answer live, even after the first is closed", async ({
  chat,
  model,
  context,
  page,
  db,
}) => {
  const text = model.hold("Count in two tabs", ...words(1, 10));
  await chat.start("Count in two tabs");
  await expect(chat.text(chat.answer)).toHaveText(/w10$/);
  const answerId = await chat.idOf(chat.answer);

  const second = new ChatPage(await context.newPage());
  const log = await TextLog.install(second.page);
  await second.goto(page.url());
  await expect(second.text(second.answer)).toHaveText(/w10$/);
  expect(await second.idOf(second.answer)).toBe(answerId);

  text.write(...words(11, 20));
  await expect(chat.text(chat.answer)).toHaveText(/w20$/);
  await expect(second.text(second.answer)).toHaveText(/w20$/);

  await page.close();
  text.write(...words(21, 30));
  await expect(second.text(second.answer)).toHaveText(/w30$/);
  text.end(...words(31, 40));
  const full = words(1, 40).join("").trimEnd();
  await second.expectAnswer(full);
  expectGrowth(await log.read(answerId));
  expect(model.calls("Count in two tabs")).toHaveLength(1);
  const stored = await db.llmMessage.findUnique({ where: { id: answerId } });
  expect(stored?.content?.trimEnd()).toBe(full);
});

test("Stop in one tab ends the answer in the other", async ({ chat, model, context, page }) => {
  model.hold("Stop me from elsewhere", ...words(1, 5));
  await chat.start("Stop me from elsewhere");
  await expect(chat.text(chat.answer)).toHaveText(/w5$/);
  const second = new ChatPage(await context.newPage());
  await second.goto(page.url());
  await second.stopButton.click();

  const partial = words(1, 5).join("").trimEnd();
  await second.expectAnswer(partial, "stopped");
  await chat.expectAnswer(partial, "stopped");
  await model.calls("Stop me from elsewhere")[0]?.closed;
});

test("if two tabs send at once, one wins and the other gets its draft back", async ({
  chat,
  model,
  context,
  page,
  problems,
}) => {
  problems.allow(/status of 409|net::ERR_FAILED/);
  await chat.start("Open the chat");
  await chat.expectAnswer("An answer to: Open the chat");
  const second = new ChatPage(await context.newPage());
  // Keeps the second tab from learning in time that the first has sent.
  await second.page.route(/chat\.watch/, async (route) => await route.abort());
  await second.goto(page.url());

  const text = model.hold("From the first tab", ...words(1, 3));
  await chat.send("From the first tab");
  await expect(chat.text(chat.answer)).toHaveText(/w3$/);
  await second.sendOnly("From the second tab");
  await expect(second.alert).toContainText(/in progress/);
  await expect(second.composer).toHaveValue("From the second tab");
  expect(model.calls("From the second tab")).toHaveLength(0);

  text.end("w4");
  await chat.expectAnswer("w1 w2 w3 w4");
  await expect(chat.messages).toHaveCount(4);
  // It catches up once it can.
  await second.page.unroute(/chat\.watch/);
  await second.expectAnswer("w1 w2 w3 w4");
});
