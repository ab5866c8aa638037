import { expect, test } from "@playwright/test";

import { askQuestion, createDemoClient, readAnswer } from "./support/demo-client.ts";
import type { Demo } from "./support/start-demo.ts";
import { startDemo } from "./support/start-demo.ts";

const demos: Demo[] = [];
test.afterEach(async () => {
  for (const demo of demos.splice(0)) await demo.close();
});

async function start(env: Readonly<Record<string, string>>): Promise<Demo> {
  const demo = await startDemo(env);
  demos.push(demo);
  return demo;
}

const length = (demo: ReturnType<typeof readAnswer>): number => demo.message()?.content.length ?? 0;

test("on SIGTERM, the server exits once its answers are complete", async () => {
  const demo = await start({ OFFLINE_WORDS_PER_SECOND: "40" });
  const client = createDemoClient(demo.url);
  const { chatId, messageId } = await askQuestion(client);
  const reader = readAnswer(client, messageId);
  const watching = client.chat.watch.subscribe({ chatId }, {});
  await expect.poll(() => length(reader)).toBeGreaterThan(20);
  expect(reader.message()?.status).toBe("streaming");
  const ended = demo.end("SIGTERM");
  expect(await reader.done).toMatchObject({ status: "complete" });
  const doneAt = performance.now();
  expect(await ended).toBe(143);
  expect(performance.now() - doneAt).toBeLessThan(5_000);
  watching.unsubscribe();
});

test("on SIGTERM, an answer that takes too long is interrupted and keeps its text", async () => {
  const demo = await start({ OFFLINE_WORDS_PER_SECOND: "10", DRAIN_SECONDS: "1" });
  const client = createDemoClient(demo.url);
  const { messageId } = await askQuestion(client);
  const reader = readAnswer(client, messageId);
  await expect.poll(() => length(reader)).toBeGreaterThan(20);
  const terminatedAt = performance.now();
  expect(await demo.end("SIGTERM")).toBe(143);
  expect(performance.now() - terminatedAt).toBeLessThan(10_000);
  const message = await reader.done;
  expect(message).toMatchObject({ status: "interrupted" });
  const stored = await demo.prisma.llmMessage.findUnique({ where: { id: messageId } });
  expect(stored).toMatchObject({ status: "interrupted", turnLock: null, content: message.content });
});

test("Ctrl+C ends the server quickly without losing text", async () => {
  const demo = await start({ OFFLINE_WORDS_PER_SECOND: "10" });
  const client = createDemoClient(demo.url);
  const { messageId } = await askQuestion(client);
  const reader = readAnswer(client, messageId);
  await expect.poll(() => length(reader)).toBeGreaterThan(20);
  const interruptedAt = performance.now();
  expect(await demo.end("SIGINT")).toBe(130);
  expect(performance.now() - interruptedAt).toBeLessThan(5_000);
  expect(await reader.done).toMatchObject({ status: "interrupted" });
});

test("an unused server exits at once", async () => {
  const demo = await start({});
  expect(await demo.end("SIGTERM")).toBe(143);
});
