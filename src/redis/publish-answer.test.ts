import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { fakeMessage } from "../../test/support/fake-message.ts";
import { Answer } from "../chat/answer.ts";
import { Pace } from "../shared/pace.ts";
import { publishAnswer } from "./publish-answer.ts";

/** Takes commands while it is ready, and keeps them. */
class FakeRedis {
  isReady = true;
  /** What the next command fails with. */
  failure: Error | null = null;
  readonly commands: (readonly string[])[] = [];

  async send(...command: readonly string[]): Promise<unknown> {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
    this.commands.push(command);
    return await Promise.resolve("OK");
  }

  /** The events of all entries. */
  events(): string {
    const entries = this.commands.filter(([name]) => name === "XADD");
    return entries.map((entry) => entry.at(-1)).join("\n");
  }
}

const final = fakeMessage({ id: "answer", content: "One two three", status: "complete" });
let redis: FakeRedis;
let live: Answer;
let stop: AbortController;
let ended: Promise<void>;
beforeEach(() => {
  vi.useFakeTimers();
  redis = new FakeRedis();
  live = new Answer(fakeMessage({ id: "answer", status: "pending" }));
  stop = new AbortController();
  const pace = new Pace(25, () => 0);
  ended = publishAnswer(live, { key: "stream", redis, pace, retention: 60_000 }, stop.signal);
});
afterEach(async () => {
  stop.abort();
  await ended;
  vi.useRealTimers();
});

it("sends nothing while Redis is away, and what was missed in one entry when it is back", async () => {
  live.append("text", "One ");
  await vi.advanceTimersByTimeAsync(25);
  redis.isReady = false;
  const before = redis.commands.length;
  for (let second = 0; second < 10; second++) {
    live.append("text", "two ");
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(redis.commands).toHaveLength(before);
  redis.isReady = true;
  await vi.advanceTimersByTimeAsync(250);
  const [entry, expiry] = redis.commands.slice(before);
  expect(entry?.at(-1)).toBe(JSON.stringify([{ type: "text", at: 4, text: "two ".repeat(10) }]));
  // It may have come back empty.
  expect(expiry).toEqual(["EXPIRE", "stream", "600"]);
});

it("sends again what Redis did not take", async () => {
  redis.failure = new Error("OOM command not allowed");
  live.append("text", "One ");
  await vi.advanceTimersByTimeAsync(25);
  live.append("text", "two ");
  await vi.advanceTimersByTimeAsync(250);
  expect(redis.events()).toBe(JSON.stringify([{ type: "text", at: 0, text: "One two " }]));
});

it("puts the end in the place of everything, for as long as it was told", async () => {
  live.append("text", "One ");
  await vi.advanceTimersByTimeAsync(25);
  live.finish(final);
  await vi.advanceTimersByTimeAsync(25);
  await ended;
  const [entry, expiry] = redis.commands.slice(-2);
  expect(entry?.slice(0, 4)).toEqual(["XADD", "stream", "MAXLEN", "1"]);
  expect(entry?.at(-1)).toBe(JSON.stringify([{ type: "done", message: final }]));
  expect(expiry).toEqual(["PEXPIRE", "stream", "60000"]);
});

it("offers the end to a Redis that is away for half a minute, and then gives up", async () => {
  redis.isReady = false;
  live.finish(final);
  await vi.advanceTimersByTimeAsync(31_000);
  await ended;
  expect(redis.commands).toEqual([]);
});
