import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { RedisClientLike } from "./redis-client-like.ts";
import { RedisChannels } from "./redis-channels.ts";

type Listener = (message: string) => void;

/** A client whose requests wait until the test ends them. */
class HeldClient implements Pick<RedisClientLike, "isReady" | "subscribe" | "unsubscribe"> {
  isReady = true;
  readonly listeners = new Map<string, Listener>();
  readonly requests: string[] = [];
  readonly #held: { readonly succeed: () => void; readonly fail: () => void }[] = [];

  async subscribe(name: string, listener: Listener): Promise<void> {
    await this.#hold(`subscribe ${name}`);
    this.listeners.set(name, listener);
  }

  async unsubscribe(name: string, listener: Listener): Promise<void> {
    await this.#hold(`unsubscribe ${name}`);
    if (this.listeners.get(name) === listener) this.listeners.delete(name);
  }

  /** Ends the oldest pending request. */
  async end(result: "succeed" | "fail" = "succeed"): Promise<void> {
    const request = this.#held.shift();
    if (request === undefined) throw new Error("The client has no pending request.");
    request[result]();
    await vi.advanceTimersByTimeAsync(0);
  }

  async #hold(request: string): Promise<void> {
    this.requests.push(request);
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(new Error("The connection was lost."));
      this.#held.push({ succeed: resolve, fail });
    });
  }
}

let client: HeldClient;
let channels: RedisChannels;
let closed: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  client = new HeldClient();
  closed = new AbortController();
  // RedisChannels uses nothing else of a client.
  channels = new RedisChannels(client as unknown as RedisClientLike, closed.signal);
});
afterEach(() => {
  vi.useRealTimers();
});

function listen(): { readonly heard: string[]; readonly leave: () => void } {
  const heard: string[] = [];
  const leaving = new AbortController();
  channels.subscribe("chat", (message) => heard.push(message), leaving.signal);
  return { heard, leave: () => leaving.abort() };
}

it("subscribes once for all listeners of a channel, until the last one leaves", async () => {
  const one = listen();
  const two = listen();
  await client.end();
  client.listeners.get("chat")?.("for both");
  one.leave();
  client.listeners.get("chat")?.("for the second");
  expect(one.heard).toEqual(["for both"]);
  expect(two.heard).toEqual(["for both", "for the second"]);
  two.leave();
  await client.end();
  expect(client.requests).toEqual(["subscribe chat", "unsubscribe chat"]);
  expect(client.listeners.size).toBe(0);
});

it("subscribes again for a listener that comes during the unsubscribe request", async () => {
  const one = listen();
  await client.end();
  one.leave();
  const two = listen();
  // One request at a time, because a client that reconnects could send them in another order.
  expect(client.requests).toEqual(["subscribe chat", "unsubscribe chat"]);
  await client.end();
  await client.end();
  expect(client.requests).toEqual(["subscribe chat", "unsubscribe chat", "subscribe chat"]);
  client.listeners.get("chat")?.("for the second");
  expect(two.heard).toEqual(["for the second"]);
  expect(one.heard).toEqual([]);
});

it("unsubscribes after a subscribe request whose listener has left", async () => {
  listen().leave();
  await client.end();
  await client.end();
  expect(client.requests).toEqual(["subscribe chat", "unsubscribe chat"]);
  expect(client.listeners.size).toBe(0);
});

it("retries after an outage, and sends no request while the client is disconnected", async () => {
  const one = listen();
  await client.end("fail");
  await vi.advanceTimersByTimeAsync(500);
  await client.end();
  client.isReady = false;
  one.leave();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(client.requests).toEqual(["subscribe chat", "subscribe chat"]);
  client.isReady = true;
  await vi.advanceTimersByTimeAsync(500);
  await client.end();
  expect(client.requests.at(-1)).toBe("unsubscribe chat");
  expect(client.listeners.size).toBe(0);
});

it("stops retrying when the hub is closed", async () => {
  listen();
  closed.abort();
  await client.end("fail");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(client.requests).toEqual(["subscribe chat"]);
});
