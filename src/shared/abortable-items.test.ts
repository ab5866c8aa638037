import { expect, it } from "vitest";

import { abortableItems } from "./abortable-items.ts";

/** Yields 1 and 2, and then nothing more. */
async function* stalling(log: string[]): AsyncGenerator<number, void, undefined> {
  try {
    yield 1;
    yield 2;
    await new Promise(() => undefined);
  } finally {
    log.push("left");
  }
}

it("yields all items of a generator that ends", async () => {
  const items: number[] = [];
  const source = (async function* () {
    yield* [1, 2, 3];
  })();
  const { signal } = new AbortController();
  for await (const item of abortableItems(source, signal, 5)) items.push(item);
  expect(items).toEqual([1, 2, 3]);
});

it("throws the reason of an abort, although the generator ignores it", async () => {
  const controller = new AbortController();
  const items: number[] = [];
  const read = async (): Promise<void> => {
    for await (const item of abortableItems(stalling([]), controller.signal, 5)) {
      items.push(item);
      if (item === 2) setTimeout(() => controller.abort(new Error("enough")));
    }
  };
  await expect(read()).rejects.toThrow("enough");
  expect(items).toEqual([1, 2]);
});

it("ends the generator when its reader leaves", async () => {
  const log: string[] = [];
  const { signal } = new AbortController();
  for await (const _ of abortableItems(stalling(log), signal, 5)) break;
  expect(log).toEqual(["left"]);
});
