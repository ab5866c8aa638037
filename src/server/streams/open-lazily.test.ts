import { expect, it } from "vitest";

import { openLazily } from "./open-lazily.ts";

async function* numbers() {
  yield* [1, 2];
}

it("opens once, when the first item is requested", async () => {
  let opened = 0;
  const items = openLazily(() => {
    opened++;
    return Promise.resolve(numbers());
  });
  expect(opened).toBe(0);
  const seen: number[] = [];
  for await (const item of items) seen.push(item);
  expect(seen).toEqual([1, 2]);
  expect(opened).toBe(1);
});

it("opens nothing for a reader that leaves before", async () => {
  const items = openLazily<number>(() => Promise.reject(new Error("It was opened.")));
  await items.return?.();
  await expect(items.next()).resolves.toEqual({ done: true, value: undefined });
});

it("throws once when it cannot be opened", async () => {
  const items = openLazily<number>(() => Promise.reject(new Error("No.")));
  await expect(items.next()).rejects.toThrow("No.");
  await expect(items.next()).resolves.toEqual({ done: true, value: undefined });
});

it("closes what is still being opened when its reader leaves", async () => {
  let isClosed = false;
  const items = openLazily<number>(async () => {
    await new Promise(setImmediate);
    return {
      next: () => Promise.resolve({ done: true, value: undefined }),
      return: () => {
        isClosed = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  });
  const first = items.next();
  await items.return?.();
  await expect(first).resolves.toMatchObject({ done: true });
  expect(isClosed).toBe(true);
});
