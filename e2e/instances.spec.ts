import { expect, test } from "@playwright/test";

import { RedisServer } from "../test/support/servers/redis-server.ts";
import { askQuestion, createDemoClient, readAnswer } from "./support/demo-client.ts";
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

/** Asks the first demo a question and reads the answer on both. */
async function askOnFirst() {
  const [one, two] = demos.map(({ url }) => createDemoClient(url));
  if (one === undefined || two === undefined) throw new Error("Two demos should be running.");
  const { messageId } = await askQuestion(one);
  const here = readAnswer(one, messageId);
  const there = readAnswer(two, messageId);
  const length = (): number => there.message()?.content.length ?? 0;
  await expect.poll(length).toBeGreaterThan(20);
  return { two, messageId, here, there, length };
}

test("with Redis, a second server streams an answer like the first, and can stop it", async () => {
  const { two, messageId, here, there, length } = await askOnFirst();
  const from = length();
  const stretch = 300;
  await expect.poll(length).toBeGreaterThan(from + stretch);
  const events = ({ lengths }: typeof here): number =>
    lengths.filter((size) => size > from && size <= from + stretch).length;
  // Word by word, as they arrive. Without Redis, it would be four times a second, as they are saved.
  expect(events(there)).toBeGreaterThan(events(here) * 0.7);
  expect(await two.chat.stop.mutate({ messageId })).toEqual({ stopped: true });
  const [first, second] = await Promise.all([here.done, there.done]);
  expect(first).toMatchObject({ status: "stopped" });
  expect(second.content).toBe(first.content);
});

test("no text is lost when Redis goes down mid-answer", async () => {
  const { two, messageId, here, there, length } = await askOnFirst();
  await redis.kill();
  const from = length();
  await expect.poll(length).toBeGreaterThan(from + 60);
  expect(await two.chat.stop.mutate({ messageId })).toEqual({ stopped: true });
  const [first, second] = await Promise.all([here.done, there.done]);
  expect(first).toMatchObject({ status: "stopped" });
  expect(second.content).toBe(first.content);
});
