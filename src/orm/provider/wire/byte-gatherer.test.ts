import { expect, it } from "vitest";

import { ByteGatherer } from "./byte-gatherer.ts";
import { Pace } from "../../../shared/pace.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A body that the test feeds, read through a gatherer whose windows the test ends. */
function open() {
  let feed: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (feed = controller) });
  const reader = body.getReader();
  const waits: number[] = [];
  const due: (() => void)[] = [];
  const pace = new Pace();
  pace.schedule = (since, callback) => {
    if (since === -Infinity) callback();
    else due.push(callback);
    return () => undefined;
  };
  const gatherer = new ByteGatherer(
    () => reader.read(),
    pace,
    (read, waitedMs) => {
      waits.push(waitedMs);
      return read;
    },
  );
  const read = async (): Promise<string | null> => {
    const { value } = await gatherer.read();
    return value === undefined ? null : new TextDecoder().decode(value);
  };
  return { feed, read, waits, endWindow: () => due.shift()?.() };
}

/** Resolves when the gatherer has read what was fed. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it("passes on the first pieces at once, and gathers those that arrive in one window", async () => {
  const { feed, read, waits, endWindow } = open();
  for (const text of ["head", "first"]) {
    feed?.enqueue(bytes(text));
    expect(await read()).toBe(text);
  }
  const next = read();
  feed?.enqueue(bytes("a"));
  await turn();
  feed?.enqueue(bytes("b"));
  await turn();
  endWindow();
  expect(await next).toBe("ab");
  expect(waits).toHaveLength(3);
});

it.each(["close", "error"] as const)("loses nothing that arrived before a %s", async (how) => {
  const { feed, read } = open();
  for (const text of ["head", "first"]) {
    feed?.enqueue(bytes(text));
    await read();
  }
  const next = read();
  feed?.enqueue(bytes("last"));
  await turn();
  if (how === "close") feed?.close();
  else feed?.error(new Error("The connection broke."));
  expect(await next).toBe("last");
  if (how === "close") expect(await read()).toBeNull();
  else await expect(read()).rejects.toThrow("The connection broke.");
});
