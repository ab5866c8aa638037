import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";

import { ProviderCall } from "./provider-call.ts";

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

const newCall = (makesOneRequest = false): ProviderCall =>
  new ProviderCall(new AbortController().signal, { makesOneRequest });

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
  expect([fast.isComplete, slow.isComplete]).toEqual([true, true]);
  slow.end();
});

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
  expect(call.isComplete).toBe(false);
  if (body !== null) await read(body);
  expect(call.isComplete).toBe(true);
  call.end();
});

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

async function loop(body: ReadableStream<Uint8Array>): Promise<void> {
  for await (const _ of body);
}
