import { afterEach, expect, it, vi } from "vitest";

import type { ChatEvent } from "../chat/chat-event.ts";
import { AnswerFeed } from "./answer-feed.ts";
import { encodeEvents } from "./answer-stream-entry.ts";
import type { RedisClientLike } from "./redis-client-like.ts";

const text = (at: number): ChatEvent => ({ type: "text", at, text: "word " });

/** Connections whose XREADs wait until the test replies. */
class FakeConnections {
  readonly #closed = new AbortController();
  readonly closed = this.#closed.signal;
  readonly sent: (readonly string[])[] = [];
  readonly reads: (readonly string[])[] = [];
  #reply: (reply: unknown) => void = () => undefined;

  connect(): RedisClientLike {
    const sendCommand = async (command: readonly string[]): Promise<unknown> => {
      this.reads.push(command.slice(command.indexOf("STREAMS") + 1));
      return await new Promise((resolve) => (this.#reply = resolve));
    };
    // The feed uses nothing else of a client.
    return { isReady: true, sendCommand } as RedisClientLike;
  }

  disconnect(): void {}

  async send(...command: readonly string[]): Promise<unknown> {
    this.sent.push(command);
    return await Promise.resolve("OK");
  }

  async reply(key: string, id: string, events: readonly ChatEvent[]): Promise<void> {
    const count = this.reads.length;
    this.#reply([[key, [[id, encodeEvents(events)]]]]);
    await vi.waitUntil(() => this.reads.length > count);
  }

  close(): void {
    this.#closed.abort();
    this.#reply(null);
  }
}

const redis = new FakeConnections();
afterEach(() => {
  redis.close();
});

it("reads all streams at once, each after the last entry that it has passed on", async () => {
  const feed = new AnswerFeed(redis, "wake");
  const one: ChatEvent[] = [];
  const two: ChatEvent[] = [];
  const leaving = new AbortController();
  const { signal } = new AbortController();

  feed.read("answer:1", (events) => one.push(...events), leaving.signal);
  expect(redis.reads).toEqual([["answer:1", "wake", "0", "0"]]);

  // Another stream ends the XREAD through the process's own stream.
  feed.read("answer:2", (events) => two.push(...events), signal);
  expect(redis.sent.map(([name, key]) => `${name} ${key}`)).toEqual(["XADD wake", "EXPIRE wake"]);
  await redis.reply("wake", "5-0", []);
  expect(redis.reads.at(-1)).toEqual(["answer:1", "answer:2", "wake", "0", "0", "5-0"]);

  await redis.reply("answer:1", "7-0", [text(0)]);
  expect(redis.reads.at(-1)).toEqual(["answer:1", "answer:2", "wake", "7-0", "0", "5-0"]);

  // A second reader of a stream gets it from the beginning.
  feed.read("answer:1", (events) => two.push(...events), signal);
  await redis.reply("answer:1", "8-0", [text(5)]);
  expect(redis.reads.at(-1)).toEqual(["answer:1", "answer:2", "wake", "0", "0", "5-0"]);
  leaving.abort();
  await redis.reply("answer:1", "8-0", [text(0), text(5)]);
  expect(one).toEqual([text(0), text(5)]);
  expect(two).toEqual([text(5), text(0), text(5)]);
});
