import { expect, it } from "vitest";

import { leaveOnReturn } from "./leave-on-return.ts";

/** A generator whose second chunk comes only when it is told to leave. */
function open() {
  let leave = (): void => undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const chunks = (async function* (): AsyncGenerator<string, string, undefined> {
    yield "first";
    await left;
    throw new Error("left");
  })();
  return leaveOnReturn(chunks, leave);
}

it("returns at once while a chunk is awaited, without an error for its reader", async () => {
  const chunks = open();
  expect(await chunks.next()).toEqual({ value: "first", done: false });
  const pending = chunks.next();
  expect(await chunks.return("over")).toEqual({ value: "over", done: true });
  expect(await pending).toEqual({ value: undefined, done: true });
});

it("throws what its reader has thrown into it, after the generator has ended", async () => {
  const chunks = open();
  await chunks.next();
  const pending = chunks.next();
  await expect(chunks.throw(new Error("mine"))).rejects.toThrow("mine");
  expect(await pending).toEqual({ value: undefined, done: true });
});

it("passes on the errors of a generator that nobody has left", async () => {
  const chunks = leaveOnReturn(
    (async function* (): AsyncGenerator<string, void, undefined> {
      yield "first";
      throw new Error("broken");
    })(),
    () => undefined,
  );
  await chunks.next();
  await expect(chunks.next()).rejects.toThrow("broken");
});
