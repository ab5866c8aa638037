import { randomUUID } from "node:crypto";

import type { CDPSession } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";
import { richAnswer } from "./support/rich-answer.ts";

/** How many DOM nodes the page keeps alive, whether they are in the document or not. */
async function keptNodes(devtools: CDPSession): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  const { nodes } = await devtools.send("Memory.getDOMCounters");
  return nodes;
}

test("a long chat is forgotten when another page is opened", async ({
  chat,
  page,
  db,
  context,
}) => {
  const chatId = randomUUID();
  await db.llmChat.create({ data: { id: chatId, title: "Long", lastPosition: 80 } });
  let parentId: string | null = null;
  for (let position = 1; position <= 80; position++) {
    const id: string = randomUUID();
    const isQuestion = position % 2 === 1;
    const content = isQuestion ? `Question ${position}` : richAnswer.text;
    const role = isQuestion ? "user" : "assistant";
    await db.llmMessage.create({ data: { id, chatId, role, content, parentId, position } });
    parentId = id;
  }
  const devtools = await context.newCDPSession(page);
  await chat.goto();
  const before = await keptNodes(devtools);
  await chat.openList();
  await chat.link(chatId).click();
  await expect(chat.answer).toBeVisible();
  while ((await chat.messages.count()) < 80) {
    await chat.transcript.evaluate((log) => log.scrollTo(0, 0));
    await page.evaluate(async () => await new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  expect(await keptNodes(devtools)).toBeGreaterThan(before + 4_000);
  await chat.newChat();
  await expect.poll(async () => await keptNodes(devtools)).toBeLessThan(before + 600);
});
