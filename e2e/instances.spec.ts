import { expect, test } from "@playwright/test";

import { RedisServer } from "../test/support/redis-server.ts";
import { createDemoClient, readAnswer } from "./support/demo-client.ts";
import type { Demo } from "./support/start-demo.ts";
import { startDemo } from "./support/start-demo.ts";

let redis: RedisServer;
const demos: Demo[] = [];
test.beforeEach(async () => {
  redis = await RedisServer.start();
  const env = { OFFLINE_WORDS_PER_SECOND: "10", REDIS_URL: redis.url };
  const one = await startDemo(env);
  demos.push(one, await startDemo(env, "start", one.databaseFile));
});
test.afterEach(async () => {
  for (const demo of demos.splice(0).toReversed()) await demo.close();
  await redis.stop();
});

/** An answer of the first demo, read on both. */
async function ask() {
  const [one, two] = demos.map(({ url }) => createDemoClient(url));
  if (one === undefined || two === undefined) throw new Error("two demos were started");
  const { id: chatId } = await one.chat.create.mutate({});
  const content = "How do I stop an answer?";
  const { assistantMessage } = await one.chat.send.mutate({ chatId, content });
  const messageId = assistantMessage.id;
  const here = readAnswer(one, messageId);
  const there = readAnswer(two, messageId);
  const length = (): number => there.message()?.content.length ?? 0;
  await expect.poll(length).toBeGreaterThan(20);
  return { two, messageId, here, there, length };
}

test("two servers with Redis: the second reads along as if it were the first, and stops", async () => {
  const { two, messageId, here, there, length } = await ask();
  const from = length();
  const stretch = 300;
  await expect.poll(length).toBeGreaterThan(from + stretch);
  const events = ({ lengths }: typeof here): number =>
    lengths.filter((size) => size > from && size <= from + stretch).length;
  // Word by word, as they come: without Redis four times a second, as they are saved.
  expect(events(there)).toBeGreaterThan(events(here) * 0.7);
  expect(await two.chat.stop.mutate({ messageId })).toEqual({ stopped: true });
  const [first, second] = await Promise.all([here.done, there.done]);
  expect(first).toMatchObject({ status: "stopped" });
  expect(second.content).toBe(first.content);
});

test("Redis is lost in the middle, and nobody loses anything", async () => {
  const { two, messageId, here, there, length } = await ask();
  await redis.kill();
  const from = length();
  await expect.poll(length).toBeGreaterThan(from + 60);
  expect(await two.chat.stop.mutate({ messageId })).toEqual({ stopped: true });
  const [first, second] = await Promise.all([here.done, there.done]);
  expect(first).toMatchObject({ status: "stopped" });
  expect(second.content).toBe(first.content);
});
