import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ReadLimiter } from "./read-limiter.ts";

const megabyte = 1_000_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "Date"] }));
afterEach(() => void vi.useRealTimers());

it("reads no more at once than it has room for, in the order of the requests", async () => {
  const limiter = new ReadLimiter("unlimited");
  const order: number[] = [];
  const ends: (() => void)[] = [];
  let inUse = 0;
  let most = 0;
  // A file of 40 MB is larger than the room, and waits until it is alone.
  const sizes = [20, 10, 5, 40, 1, 1].map((size) => size * megabyte);
  const reads = sizes.map((bytes, index) =>
    limiter.run("a", bytes, async () => {
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
  const limiter = new ReadLimiter("unlimited");
  for (let count = 0; count < 3; count++) {
    const read = limiter.run("a", 30 * megabyte, () => Promise.reject(new Error("gone")));
    await expect(read).rejects.toThrow("gone");
  }
});

it("counts what each scope reads within a minute", async () => {
  const limiter = new ReadLimiter(10);
  const read = (scope: string, bytes: number) => limiter.run(scope, bytes, async () => bytes);
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
