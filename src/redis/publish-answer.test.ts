import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { Answer } from "../chat/answer.ts";
import { Pace } from "../shared/pace/pace.ts";
import { publishAnswer } from "./publish-answer.ts";

/** Records the commands that it accepts. */
class FakeRedis {
  isReady = true;
  /** The error that the next command fails with. */
  failure: Error | null = null;
  readonly commands: (readonly string[])[] = [];

  async send(...command: readonly string[]): Promise<unknown> {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
    this.commands.push(command);
    return await Promise.resolve("OK");
  }

  /** The events of all entries, as JSON. */
  events(): string {
    const entries = this.commands.filter(([name]) => name === "XADD");
    return entries.map((entry) => entry.at(-1)).join("\n");
  }
}

const final = fakeMessage({ id: "answer", content: "One two three", status: "complete" });
let redis: FakeRedis;
let answer: Answer;
let stop: AbortController;
let ended: Promise<void>;
beforeEach(() => {
  vi.useFakeTimers();
  redis = new FakeRedis();
  answer = new Answer(fakeMessage({ id: "answer", status: "pending" }));
  stop = new AbortController();
  const pace = new Pace(25, () => 0);
  ended = publishAnswer(answer, { key: "stream", redis, pace, retention: 60_000 }, stop.signal);
});
afterEach(async () => {
  stop.abort();
  await ended;
  vi.useRealTimers();
});

it("sends nothing during an outage, and everything that was missed in one entry afterwards", async () => {
  answer.append("text", "One ");
  await vi.advanceTimersByTimeAsync(25);
  redis.isReady = false;
  const before = redis.commands.length;
  for (let second = 0; second < 10; second++) {
    answer.append("text", "two ");
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(redis.commands).toHaveLength(before);
  redis.isReady = true;
  await vi.advanceTimersByTimeAsync(250);
  const [entry, expiry] = redis.commands.slice(before);
  expect(entry?.at(-1)).toBe(JSON.stringify([{ type: "text", at: 4, text: "two ".repeat(10) }]));
  // Redis may have come back empty.
  expect(expiry).toEqual(["EXPIRE", "stream", "600"]);
});

it("sends the text of an object alone, which each process reads", async () => {
  const json = new Answer(fakeMessage({ id: "object", status: "pending" }), true);
  const pace = new Pace(25, () => 0);
  const options = { key: "object", redis, pace, retention: 60_000 };
  const publishing = publishAnswer(json, options, stop.signal);
  for (let step = 0; step < 20; step++) {
    json.append("text", step === 0 ? '{"steps":[' : `"${"long ".repeat(20)}",`);
    await vi.advanceTimersByTimeAsync(25);
  }
  json.finish(final);
  const over = vi.fn<() => void>();
  void publishing.then(over);
  // What reads the object is loaded meanwhile, which no timer waits for.
  while (over.mock.calls.length === 0) await vi.advanceTimersByTimeAsync(25);
  const sent = redis.events().split("\n").slice(0, -1).join("");
  expect(sent).toContain("long");
  expect(sent.length).toBeLessThan(2 * json.cursor.content);
});

it("sends again what Redis rejected", async () => {
  redis.failure = new Error("OOM command not allowed");
  answer.append("text", "One ");
  await vi.advanceTimersByTimeAsync(25);
  answer.append("text", "two ");
  await vi.advanceTimersByTimeAsync(250);
  expect(redis.events()).toBe(JSON.stringify([{ type: "text", at: 0, text: "One two " }]));
});

it("replaces all entries with the end, which expires after the retention", async () => {
  answer.append("text", "One ");
  await vi.advanceTimersByTimeAsync(25);
  answer.finish(final);
  await vi.advanceTimersByTimeAsync(25);
  await ended;
  const [entry, expiry] = redis.commands.slice(-2);
  expect(entry?.slice(0, 4)).toEqual(["XADD", "stream", "MAXLEN", "1"]);
  expect(entry?.at(-1)).toBe(JSON.stringify([{ type: "done", message: final }]));
  expect(expiry).toEqual(["PEXPIRE", "stream", "60000"]);
});

it("retries the end for half a minute during an outage, and then gives up", async () => {
  redis.isReady = false;
  answer.finish(final);
  await vi.advanceTimersByTimeAsync(31_000);
  await ended;
  expect(redis.commands).toEqual([]);
});
