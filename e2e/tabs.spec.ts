import { ChatPage } from "./support/chat-page.ts";
import { expect, test } from "./support/fixtures.ts";
import type { HeldText } from "./support/held-text.ts";
import { Subscriptions } from "./support/subscriptions.ts";
import { expectGrowth, TextLog } from "./support/text-log.ts";
import { words } from "./support/words.ts";

const tabs = 10;

test("ten tabs of one chat stay live over HTTP/1.1, even when the tab with the connection is closed", async ({
  chat,
  model,
  context,
  page,
  db,
}) => {
  test.setTimeout(120_000);
  const subscriptions = new Subscriptions(context);
  const text = model.hold("Count in ten tabs", ...words(1, 5));
  const open = [{ tab: chat, log: await TextLog.install(page) }];
  await chat.start("Count in ten tabs");
  await expect(chat.text(chat.answer)).toHaveText(/w5$/);
  const answerId = await chat.idOf(chat.answer);

  for (let count = 1; count < tabs; count++) {
    const tab = new ChatPage(await context.newPage());
    open.push({ tab, log: await TextLog.install(tab.page) });
    await tab.goto(page.url());
  }
  text.write(...words(6, 10));
  for (const { tab } of open) {
    await expect(tab.text(tab.answer)).toHaveText(/w10$/);
    expect(await tab.idOf(tab.answer)).toBe(answerId);
  }
  await expect.poll(() => subscriptions.open).toEqual(["stream", "watch"]);

  // Usually the first tab has it, but the others take it over from one that is too busy to reply.
  const leader = subscriptions.tabWith("stream");
  const others = open.filter(({ tab }) => tab.page !== leader);
  expect(others).toHaveLength(tabs - 1);
  const before = subscriptions.count;
  await leader?.close();
  text.write(...words(11, 15));
  for (const { tab } of others) await expect(tab.text(tab.answer)).toHaveText(/w15$/);
  await expect.poll(() => subscriptions.open).toEqual(["stream", "watch"]);
  // For each subscription one other tab took over; on a busy machine perhaps another one after it.
  expect(subscriptions.count - before).toBeGreaterThan(0);
  expect(subscriptions.count - before).toBeLessThanOrEqual(4);

  text.end(...words(16, 20));
  const full = words(1, 20).join("").trimEnd();
  for (const { tab } of others) await tab.expectAnswer(full);
  for (const { log } of others) expectGrowth(await log.read(answerId));
  await expect.poll(() => subscriptions.open).toEqual(["watch"]);
  const stored = await db.llmMessage.findUnique({ where: { id: answerId } });
  expect(stored?.content?.trimEnd()).toBe(full);
  expect(model.calls("Count in ten tabs")).toHaveLength(1);
});

test("ten tabs with ten chats stay live over HTTP/1.1 and leave connections for other requests", async ({
  model,
  context,
}) => {
  test.setTimeout(180_000);
  const subscriptions = new Subscriptions(context);
  const open: { readonly tab: ChatPage; readonly text: HeldText }[] = [];
  for (let count = 1; count <= tabs; count++) {
    const tab = new ChatPage(await context.newPage());
    const text = model.hold(`Count in chat ${count}`, ...words(1, 5));
    await tab.start(`Count in chat ${count}`);
    open.push({ tab, text });
  }
  for (const { tab } of open) await expect(tab.text(tab.answer)).toHaveText(/w5$/);
  for (const { text } of open) text.write(...words(6, 10));
  for (const { tab } of open) await expect(tab.text(tab.answer)).toHaveText(/w10$/);
  expect(await subscriptions.countAtOnce()).toBeLessThanOrEqual(4);
  for (const { text } of open) text.end(...words(11, 15));
  const full = words(1, 15).join("").trimEnd();
  for (const { tab } of open) await tab.expectAnswer(full);
});

test("one tab sees at once what the other does", async ({ chat, model, context, page }) => {
  await chat.start("Open the chat");
  await chat.expectAnswer("An answer to: Open the chat");
  const second = new ChatPage(await context.newPage());
  await second.goto(page.url());
  await second.expectAnswer("An answer to: Open the chat");

  const text = model.hold("From the first tab", ...words(1, 3));
  await chat.send("From the first tab");
  await expect(second.question).toHaveText("From the first tab");
  for (const tab of [chat, second]) await expect(tab.text(tab.answer)).toHaveText(/w3$/);
  expect(await second.idOf(second.answer)).toBe(await chat.idOf(chat.answer));
  text.end("w4");
  await second.expectAnswer("w1 w2 w3 w4");

  await second.send("From the second tab");
  await chat.expectAnswer("An answer to: From the second tab");
  await expect(chat.messages).toHaveCount(6);
});

test("a chat that another device renames, continues and deletes changes in every tab", async ({
  chat,
  context,
  page,
  problems,
}) => {
  problems.allow(/status of 404/);
  const chatId = await chat.start("Open the chat");
  await chat.expectAnswer("An answer to: Open the chat");
  const second = new ChatPage(await context.newPage());
  await second.goto(page.url());
  await second.expectAnswer("An answer to: Open the chat");
  const call = async (procedure: string, data: object): Promise<void> => {
    const response = await page.request.post(`/api/trpc/chat.${procedure}`, { data });
    expect(response.ok()).toBe(true);
  };

  await call("update", { chatId, title: "Renamed elsewhere" });
  for (const tab of [chat, second]) {
    await expect(tab.page.getByRole("heading", { level: 1 })).toHaveText("Renamed elsewhere");
    await expect(tab.link(chatId)).toContainText("Renamed elsewhere");
  }
  await call("send", { chatId, content: "From a phone" });
  for (const tab of [chat, second]) await tab.expectAnswer("An answer to: From a phone");
  await call("delete", { chatId });
  for (const tab of [chat, second]) {
    await expect(tab.messages).toHaveCount(0);
    await expect(tab.link(chatId)).toHaveCount(0);
  }
});
