import { expect, it, onTestFinished, vi } from "vitest";

import { Pace } from "../../../shared/pace/pace.ts";
import { dialects } from "../wire/dialects.ts";
import { WireReader } from "../wire/wire-reader.ts";
import { BodySource } from "./body-source.ts";
import { WireStream } from "./wire-stream.ts";

const frame = (content: string): Uint8Array =>
  new TextEncoder().encode(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);

/** A body that the test feeds, read through a stream whose windows and idle time the test ends. */
function open({ isPaced = true, idleTimeout = 60_000 } = {}) {
  let feed: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (feed = controller) });
  const due: (() => void)[] = [];
  const pace = new Pace();
  pace.schedule = (_since, callback) => {
    due.push(callback);
    return () => undefined;
  };
  const reader = new WireReader(dialects.openai, { provider: "openai", model: "gpt-4o" });
  const stream = new WireStream(new BodySource(body), reader, {
    pace: isPaced ? pace : null,
    idleTimeout,
    createIdleError: () => new Error("Nothing came."),
  });
  const read = async (): Promise<string | null> => {
    const pieces = await stream.next();
    return pieces === null ? null : pieces.map(({ text }) => text).join("|");
  };
  return { feed, read, stream, reader, endWindow: () => due.shift()?.() };
}

/** Resolves when the stream has read what was fed. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it("passes on the first pieces at once, and joins those that arrive in one window", async () => {
  const { feed, read, endWindow } = open();
  for (const text of ["head", "first"]) {
    feed?.enqueue(frame(text));
    expect(await read()).toBe(text);
  }
  const next = read();
  feed?.enqueue(frame("a"));
  await turn();
  feed?.enqueue(frame("b"));
  await turn();
  endWindow();
  expect(await next).toBe("ab");
});

it("passes on each piece as it arrives when it has no pace", async () => {
  const { feed, read } = open({ isPaced: false });
  for (const text of ["a", "b", "c", "d"]) {
    feed?.enqueue(frame(text));
    expect(await read()).toBe(text);
  }
});

it.each(["close", "error"] as const)("loses nothing that arrived before a %s", async (how) => {
  const { feed, read } = open();
  for (const text of ["head", "first"]) {
    feed?.enqueue(frame(text));
    await read();
  }
  const next = read();
  feed?.enqueue(frame("last"));
  await turn();
  if (how === "close") feed?.close();
  else feed?.error(new Error("The connection broke."));
  expect(await next).toBe("last");
  if (how === "close") expect(await read()).toBeNull();
  else await expect(read()).rejects.toThrow("The connection broke.");
});

it("ends at the end marker although the connection stays open", async () => {
  const { feed, read } = open();
  feed?.enqueue(frame("all"));
  feed?.enqueue(new TextEncoder().encode("data: [DONE]\n\n"));
  expect(await read()).toBe("all");
  expect(await read()).toBeNull();
});

it("fails when nothing arrives for too long, unless the answer is finished", async () => {
  const silent = open({ idleTimeout: 20 });
  silent.feed?.enqueue(frame("half"));
  expect(await silent.read()).toBe("half");
  await expect(silent.read()).rejects.toThrow("Nothing came.");
  const finished = open({ idleTimeout: 20 });
  finished.feed?.enqueue(
    new TextEncoder().encode(
      'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}\n\n',
    ),
  );
  expect(await finished.read()).toBe("x");
  expect(await finished.read()).toBeNull();
});

/** The test says how much time passes. */
function holdTime() {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  return async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
    await turn();
  };
}

it("is given up when the time since its last bytes is over", async () => {
  const pass = holdTime();
  const { feed, read } = open({ idleTimeout: 1_000 });
  for (const text of ["a", "b"]) {
    feed?.enqueue(frame(text));
    expect(await read()).toBe(text);
    await pass(900);
  }
  const rest = read();
  feed?.enqueue(new TextEncoder().encode(": a sign of life\n\n"));
  await pass(999);
  let failure: unknown = null;
  rest.catch((error: unknown) => (failure = error));
  await turn();
  expect(failure).toBeNull();
  await pass(2);
  expect(failure).toMatchObject({ message: "Nothing came." });
});

it("is not given up while nobody takes what has arrived, but when nothing comes after that", async () => {
  const pass = holdTime();
  const { feed, read, endWindow } = open({ idleTimeout: 1_000 });
  for (const text of ["head", "first"]) {
    feed?.enqueue(frame(text));
    await read();
  }
  const large = "x".repeat(700_000);
  for (let count = 0; count < 2; count++) feed?.enqueue(frame(large));
  await turn();
  await pass(5_000);
  const taken = read();
  endWindow();
  expect(await taken).toBe(large + large);
  const failures: unknown[] = [];
  read().catch((error: unknown) => failures.push(error));
  await pass(1_001);
  await pass(1_001);
  expect(failures).toMatchObject([{ message: "Nothing came." }]);
});

it("waits as long as it takes without a limit", async () => {
  const { feed, read } = open({ idleTimeout: Infinity });
  feed?.enqueue(frame("half"));
  expect(await read()).toBe("half");
  const next = read();
  // A timer that is too long is over within one of these.
  await new Promise((resolve) => setTimeout(resolve, 2));
  await turn();
  feed?.enqueue(frame("rest"));
  expect(await next).toBe("rest");
});

it("ends when it is closed while it reads", async () => {
  const { read, stream } = open();
  const next = read();
  stream.close();
  expect(await next).toBeNull();
});

it("stops reading ahead when nobody takes what has arrived", async () => {
  const { feed, read, reader } = open();
  const large = "x".repeat(700_000);
  feed?.enqueue(frame("a"));
  await read();
  for (let count = 0; count < 5; count++) feed?.enqueue(frame(large));
  for (let count = 0; count < 10; count++) await turn();
  expect(reader.answer.waitingLength).toBe(2 * large.length);
});

it.each(["push", "end"] as const)(
  "fails the stream, and not the process, when %s throws",
  async (method) => {
    const { feed, read, reader } = open();
    const fault = new TypeError("A fault of the reader.");
    reader[method] = () => {
      throw fault;
    };
    const next = read();
    if (method === "push") feed?.enqueue(frame("a"));
    else feed?.close();
    await expect(next).rejects.toBe(fault);
  },
);
