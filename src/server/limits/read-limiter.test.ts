import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ClientRequest } from "./client-request.ts";
import { ReadLimiter } from "./read-limiter.ts";

const megabyte = 1_000_000;
const open = (bytesPerMinute: number | "unlimited", bytesPerRequest = Infinity) =>
  new ReadLimiter({
    name: "attachmentBytesPerMinute",
    bytesPerMinute,
    bytesPerRequest,
    what: "Files",
  });
/** A call of a scope that is a request of its own. */
const by = (scope: string) => ({ scope, request: new ClientRequest() });

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "Date"] }));
afterEach(() => void vi.useRealTimers());

it("reads no more at once than it has room for, in the order of the requests", async () => {
  const limiter = open("unlimited");
  const order: number[] = [];
  const ends: (() => void)[] = [];
  let inUse = 0;
  let most = 0;
  // A file of 40 MB is larger than the room, and waits until it is alone.
  const sizes = [20, 10, 5, 40, 1, 1].map((size) => size * megabyte);
  const reads = sizes.map((bytes, index) =>
    limiter.run(by(`scope ${index}`), bytes, async () => {
      order.push(index);
      inUse += bytes;
      most = Math.max(most, inUse);
      await new Promise<void>((resolve) => ends.push(resolve));
      inUse -= bytes;
    }),
  );
  for (let ended = 0; ended < sizes.length; ended++) {
    await vi.waitFor(() => expect(ends.length).toBeGreaterThan(ended));
    ends[ended]?.();
    await reads[ended];
  }
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(40 * megabyte);
});

it("makes room when a read fails", async () => {
  const limiter = open("unlimited");
  for (let count = 0; count < 3; count++) {
    const read = limiter.run(by("a"), 30 * megabyte, () => Promise.reject(new Error("gone")));
    await expect(read).rejects.toThrow("gone");
  }
});

it("counts nothing of a read that fails, in the minute and in the request", async () => {
  const limiter = open(100, 10);
  const call = by("a");
  for (let count = 0; count < 20; count++) {
    const read = limiter.run(call, 9, () => Promise.reject(new Error("gone")));
    await expect(read).rejects.toThrow("gone");
  }
  expect(await limiter.run(call, 10, async () => "read")).toBe("read");
  await expect(limiter.run(call, 1, async () => 1)).rejects.toThrow("in one request");
});

it("weighs what it reads as it is told", async () => {
  const limiter = open(100, 10);
  const call = by("a");
  // Each may have 10 bytes and has one.
  const read = () =>
    limiter.runUnmeasured(
      call,
      10,
      async () => "a long text",
      () => 1,
    );
  await Promise.all(Array.from({ length: 10 }, read));
  await expect(read()).rejects.toThrow("Files of 10 bytes were read in one request");
});

it("forgets no read that waits when another one of no known size ends", async () => {
  const limiter = open("unlimited");
  const ends: (() => void)[] = [];
  const query = () =>
    limiter.query(by("a"), 0, () => new Promise<void>((resolve) => void ends.push(resolve)));
  const first = query();
  const second = query();
  await vi.waitFor(() => expect(ends).toHaveLength(2));
  ends[0]?.();
  await first;
  // It begins after the first one has left nothing behind, and waits while the second one ends.
  const next = limiter.run(by("a"), megabyte, () => Promise.resolve("read"));
  ends[1]?.();
  await second;
  expect(await next).toBe("read");
});

it("counts what each scope reads within a minute", async () => {
  const limiter = open(10);
  const read = (scope: string, bytes: number) => limiter.run(by(scope), bytes, async () => bytes);
  expect(await read("a", 6)).toBe(6);
  expect(await read("a", 4)).toBe(4);
  await expect(read("a", 1)).rejects.toMatchObject({
    code: "TOO_MANY_REQUESTS",
    retryAt: new Date(Date.now() + 60_000),
  });
  // Others are not affected, and a file that is larger than the limit can be read alone.
  expect(await read("b", 11)).toBe(11);
  await expect(read("b", 1)).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
  vi.advanceTimersByTime(60_000);
  expect(await read("a", 10)).toBe(10);
});

/** Reads whose ends are told apart by their names. */
function openReads(limiter: ReadLimiter) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const read = (scope: string, name: string, size: number) =>
    limiter.run(by(scope), size * megabyte, async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
    });
  return { begun, read, end: (name: string) => ends.get(name)?.() };
}

it("lets no scope keep the others waiting", async () => {
  const { begun, read, end } = openReads(open("unlimited"));
  const many = Array.from({ length: 30 }, (_, index) => read("a", `a${index}`, 8));
  const other = read("b", "b", 8);
  await vi.waitFor(() => expect(begun).toHaveLength(3));
  expect(begun).toEqual(["a0", "b", "a1"]);
  end("b");
  await other;
  for (const [index, one] of many.entries()) {
    await vi.waitFor(() => expect(begun).toContain(`a${index}`));
    expect(begun.length).toBeLessThanOrEqual(index + 3);
    end(`a${index}`);
    await one;
  }
});

it.each([
  { readMs: 5, isLong: true },
  { readMs: 0, isLong: false },
])(
  "begins no more reads of $readMs ms in a turn than it has time for",
  async ({ readMs, isLong }) => {
    // The reads take their time.
    vi.useRealTimers();
    const limiter = open("unlimited");
    let turn = 0;
    let isOver = false;
    const count = (): void => {
      turn++;
      if (!isOver) setImmediate(count);
    };
    count();
    const begun = await Promise.all(
      Array.from({ length: 20 }, () =>
        limiter.run(by("a"), 1, async () => {
          const end = performance.now() + readMs;
          while (performance.now() < end);
          return turn;
        }),
      ),
    );
    isOver = true;
    const turns = new Set(begun).size;
    // A slow machine may need some turns for what takes no time.
    if (isLong) expect(turns).toBe(20);
    else expect(turns).toBeLessThan(10);
  },
);

it("counts what is known only after it was read, also that of reads which began before", async () => {
  const limiter = open(10);
  const read = (scope: string, text: string) =>
    limiter.runUnmeasured(by(scope), 0, async () => text).catch((error: unknown) => error);
  const reads = await Promise.all(["12345", "1234567", "1", "1"].map((text) => read("a", text)));
  expect(reads.slice(0, 2)).toEqual(["12345", "1234567"]);
  expect(reads[2]).toMatchObject({ code: "TOO_MANY_REQUESTS" });
  expect(reads[3]).toMatchObject({ code: "TOO_MANY_REQUESTS" });
  expect(() => limiter.check("a")).toThrow(expect.objectContaining({ code: "TOO_MANY_REQUESTS" }));
  expect(await read("b", "1")).toBe("1");
  vi.advanceTimersByTime(60_000);
  limiter.check("a");
  expect(limiter.count(by("a"), "12345678")).toBe("12345678");
  expect(() => limiter.check("a")).toThrow(expect.objectContaining({ code: "TOO_MANY_REQUESTS" }));
});

it("refuses a limit that is none", () => {
  for (const limit of [0, -1, Number.NaN])
    expect(() => open(limit)).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
});

it("counts rows with columns that JSON has no numbers for", async () => {
  const limiter = open(10);
  const row = { teamId: 2n ** 60n, at: new Date(0), content: "Hi" };
  expect(await limiter.runUnmeasured(by("a"), 1, async () => row)).toBe(row);
  expect(() => limiter.check("a")).toThrow(/read within a minute/);
});

it("counts what an open subscription was sent in each minute, until it ends", () => {
  const limiter = open(10);
  const stream = limiter.openStream("a");
  stream.count("123");
  const other = limiter.openStream("a");
  other.count("12");
  limiter.check("a");
  for (let minute = 0; minute < 3; minute++) {
    vi.advanceTimersByTime(60_000);
    // 9 bytes of the streams, and 2 of this.
    limiter.check("a");
    limiter.count(by("a"), "");
    for (const count of [() => limiter.check("a"), () => stream.count("1")])
      expect(count).toThrow(expect.objectContaining({ code: "TOO_MANY_REQUESTS" }));
    limiter.check("b");
  }
  stream.close();
  stream.close();
  vi.advanceTimersByTime(60_000);
  for (let count = 0; count < 3; count++) {
    limiter.check("a");
    limiter.count(by("a"), "");
  }
  expect(() => limiter.check("a")).toThrow(expect.objectContaining({ code: "TOO_MANY_REQUESTS" }));
});

it("lets the calls of one request read no more than its share, but one large thing alone", async () => {
  const limiter = open("unlimited", 10);
  const call = by("a");
  const read = (bytes: number) => limiter.run(call, bytes, async () => bytes);
  const refused = {
    code: "TOO_MANY_REQUESTS",
    message: expect.stringMatching(/^Files of 10 bytes .* in one request, .* of their own\.$/),
  };
  expect(await Promise.all([read(6), read(4)])).toEqual([6, 4]);
  await expect(read(1)).rejects.toMatchObject(refused);
  await expect(limiter.query(call, 0, async () => 1)).rejects.toMatchObject(refused);
  await expect(limiter.runUnmeasured(call, 0, async () => 1)).rejects.toMatchObject(refused);
  expect(() => limiter.reserve(call, 1)).toThrow(expect.objectContaining(refused));
  // Others share the request only when they are of the same scope.
  expect(await limiter.run({ ...call, scope: "b" }, 4, async () => "b")).toBe("b");
  expect(await limiter.run(by("a"), 40, async () => "alone")).toBe("alone");
  expect(await limiter.runUnmeasured(by("a"), 1, async () => "12345678901234")).toHaveLength(14);
});

it("sends nothing that turns out to be too large for the rest of a request", async () => {
  const limiter = open("unlimited", 10);
  const call = by("a");
  const read = (estimate: number, weight: number) =>
    limiter.run(call, estimate, async () => weight, Number);
  expect(await read(2, 6)).toBe(6);
  await expect(read(2, 5)).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
  await expect(limiter.runUnmeasured(call, 1, async () => "12345")).rejects.toMatchObject({
    code: "TOO_MANY_REQUESTS",
  });
  expect(await read(4, 4)).toBe(4);
  // What was decided meanwhile is not refused, but counts.
  const later = by("a");
  limiter.reserve(later, 1)(30);
  await expect(limiter.run(later, 1, async () => 1)).rejects.toThrow("in one request");
});
