import { tracked } from "@trpc/server";
import { expect, it } from "vitest";

import { EventWriter } from "./event-writer.ts";

/** Resolves at the end of this turn of the event loop, after what was put off until then. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A writer whose sink the test fills, and whose source it asks for counts. */
function open(
  events: AsyncIterable<unknown>,
  { hasRoom = (): boolean => true, abort = new AbortController(), isFull = false } = {},
) {
  const writes: string[] = [];
  let isEnded = false;
  const writer = new EventWriter(events, {
    sink: {
      write: (text) => {
        writes.push(text);
        return hasRoom();
      },
      end: () => void (isEnded = true),
    },
    isFull,
    serialize: (value) => value,
    clock: null,
    signal: abort.signal,
    describeError: async (error) => `error: ${String(error)}\n\n\n`,
  });
  return { writer, writes, abort, isEnded: () => isEnded };
}

it("writes the events of one turn at once", async () => {
  const { writes, isEnded } = open(
    (async function* () {
      for (let n = 0; n < 100; n++) yield tracked(String(n), n);
      await turn();
      yield "later";
    })(),
  );
  for (let count = 0; count < 4; count++) await turn();
  expect(writes).toHaveLength(2);
  expect(writes[0]?.match(/^data: /gm)).toHaveLength(100);
  expect(writes[1]).toBe('data: "later"\n\n\nevent: return\ndata: \n\n\n');
  expect(isEnded()).toBe(true);
});

it("asks for no event while the sink is full", async () => {
  let asked = 0;
  let isFull = true;
  const { writer, writes } = open(
    (async function* () {
      for (;;) {
        asked++;
        yield "x".repeat(10_000);
        await turn();
      }
    })(),
    { hasRoom: () => !isFull },
  );
  for (let count = 0; count < 20; count++) await turn();
  expect([writes.length, asked]).toEqual([1, 2]);
  isFull = false;
  writer.resume();
  for (let count = 0; count < 20; count++) await turn();
  expect(asked).toBeGreaterThan(5);
  writer.stop();
});

it("does not gather without end from a source that never waits", async () => {
  let asked = 0;
  const { writer, writes } = open(
    (async function* () {
      for (;;) yield "x".repeat(1_000 + (asked++ % 2));
    })(),
    { hasRoom: () => false },
  );
  await turn();
  expect(writes).toHaveLength(1);
  expect(asked).toBeLessThan(70);
  writer.stop();
});

it.each([
  ["the connection ends", (opened: ReturnType<typeof open>) => opened.writer.stop(), false],
  ["its signal aborts", (opened: ReturnType<typeof open>) => opened.abort.abort(), true],
])("ends the source when %s", async (_title, end, endsSink) => {
  let hasReturned = false;
  const opened = open(
    (async function* () {
      try {
        for (;;) {
          yield 1;
          await turn();
        }
      } finally {
        hasReturned = true;
      }
    })(),
  );
  await turn();
  end(opened);
  const count = opened.writes.length;
  for (let step = 0; step < 5; step++) await turn();
  expect([hasReturned, opened.writes.length, opened.isEnded()]).toEqual([true, count, endsSink]);
});

it("writes what came before an error", async () => {
  const { writes, isEnded } = open(
    (async function* () {
      yield 1;
      yield await Promise.reject<number>(new Error("no"));
    })(),
  );
  for (let count = 0; count < 4; count++) await turn();
  expect(writes.join("")).toBe("data: 1\n\n\nerror: Error: no\n\n\n");
  expect(isEnded()).toBe(true);
});

it("asks a sink that is full from the beginning for nothing until it has room", async () => {
  const { writer, writes } = open(
    (async function* () {
      yield 1;
    })(),
    { isFull: true },
  );
  for (let count = 0; count < 4; count++) await turn();
  expect(writes).toEqual([]);
  writer.resume();
  for (let count = 0; count < 4; count++) await turn();
  expect(writes.join("")).toBe("data: 1\n\n\nevent: return\ndata: \n\n\n");
});

it("returns from events whose reader has left before", async () => {
  const abort = new AbortController();
  abort.abort();
  let isReturned = false;
  const iterator: AsyncIterator<unknown> = {
    next: async () => ({ done: false, value: 1 }),
    return: async () => {
      isReturned = true;
      return { done: true, value: undefined };
    },
  };
  const { writes, isEnded } = open({ [Symbol.asyncIterator]: () => iterator }, { abort });
  await turn();
  expect([isReturned, isEnded(), writes]).toEqual([true, true, []]);
});
