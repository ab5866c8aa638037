import { getEventListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";

import { providerCallOptions } from "../../../../test/support/providers/provider-call-options.ts";
import { ProviderCall, readRetryAfter } from "./provider-call.ts";

const url = "https://model.test/v1/chat/completions";
const original = globalThis.fetch;
const signals: (AbortSignal | null | undefined)[] = [];
beforeAll(() => {
  globalThis.fetch = (_input, init) => {
    signals.push(init?.signal);
    const headers = { "content-type": "text/event-stream" };
    return Promise.resolve(new Response('data: {"a":1}\n\ndata: [DONE]\n\n', { headers }));
  };
});
afterAll(() => void (globalThis.fetch = original));

const newCall = (
  makesOneRequest = false,
  isRead = false,
  { signal } = new AbortController(),
): ProviderCall => new ProviderCall(signal, { ...providerCallOptions, isRead, makesOneRequest });

async function ask(wait: Promise<unknown> | null = null): Promise<Response> {
  if (wait !== null) await wait;
  return fetch(url);
}

it("attributes a delayed request to its call while other calls start and end", async () => {
  const slow = newCall();
  const answer = slow.run(() => ask(delay(20)));
  const fast = newCall(true);
  await (await fast.run(() => ask())).text();
  fast.end();
  await (await answer).text();
  expect(signals).toEqual([fast.signal, slow.signal]);
  expect([fast.answer?.isFinished, slow.answer?.isFinished]).toEqual([true, true]);
  slow.end();
});

it.each([false, true])(
  "leaves no listeners on signals that outlive it (read: %s)",
  async (isRead) => {
    const turn = new AbortController();
    const timeout = new AbortController();
    for (let count = 0; count < 20; count++) {
      const call = newCall(true, isRead, turn);
      await (await call.run(() => fetch(url, { signal: timeout.signal }))).text();
      call.end();
    }
    const listeners = [turn, timeout].map(
      ({ signal }) => getEventListeners(signal, "abort").length,
    );
    expect(listeners).toEqual([0, 0]);
  },
);

it("leaves requests alone that belong to no call", async () => {
  const call = newCall(true);
  await call.run(() => ask());
  await ask();
  expect(signals.at(-1)).toBeUndefined();
});

it.each([
  ["a reader", (body: ReadableStream<Uint8Array>) => readAll(body.getReader())],
  ["a loop", (body: ReadableStream<Uint8Array>) => loop(body)],
  [
    "a pipe",
    (body: ReadableStream<Uint8Array>) =>
      new Response(body.pipeThrough(new TransformStream())).text(),
  ],
])("notices the end of a stream that is read by %s", async (_title, read) => {
  const call = newCall();
  const { body } = await call.run(() => ask());
  expect(call.answer?.isFinished).toBe(false);
  if (body !== null) await read(body);
  expect(call.answer?.isFinished).toBe(true);
  call.end();
});

it("reads a stream itself, and leaves core's reader nothing to read", async () => {
  const call = newCall(true, true);
  const response = await call.run(() => ask());
  await call.opened;
  expect(await response.text()).toBe("");
  expect(await call.stream?.next()).toBeNull();
  expect(call.answer?.isFinished).toBe(true);
  call.end();
});

it.each([
  ["2", 2000],
  ["0", 0],
  ["1.5", 1500],
  [new Date(Date.now() + 10_000).toUTCString(), 10_000],
  ["soon", null],
  ["", null],
  [null, null],
])("reads the Retry-After header %j", (header, ms) => {
  const read = readRetryAfter(header);
  if (ms === null) expect(read).toBeNull();
  else expect(Math.abs((read ?? -1) - ms)).toBeLessThan(1500);
});

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

async function loop(body: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of body);
}
