import { expect, it, vi } from "vitest";
import { onAbort } from "../shared/on-abort.ts";
import type { Drainable } from "./create-drain.ts";
import { createDrain } from "./create-drain.ts";

/** A router with one answer in progress, which the end of the drain interrupts. */
function router(): Drainable {
  return {
    drain: (expired) =>
      new Promise((resolve) => {
        onAbort(expired, () => resolve({ ended: 0, interrupted: 1, unsettled: 0 }));
      }),
  };
}

it("drains all routers and adds up their reports", async () => {
  const drain = createDrain();
  drain.add({ drain: () => Promise.resolve({ ended: 2, interrupted: 0, unsettled: 1 }) });
  drain.add({ drain: () => Promise.resolve({ ended: 1, interrupted: 3, unsettled: 0 }) });
  expect(drain.isDraining).toBe(false);
  const report = drain.start();
  expect(drain.isDraining).toBe(true);
  expect(await report).toEqual({ ended: 3, interrupted: 3, unsettled: 1 });
});

it("lets a second call shorten the timeout, but not extend it", async () => {
  vi.useFakeTimers();
  try {
    const drain = createDrain();
    drain.add(router());
    const report = drain.start({ timeout: 10_000 });
    expect(drain.start({ timeout: 60_000 })).toBe(report);
    void drain.start({ timeout: 1_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await report).toMatchObject({ interrupted: 1 });
  } finally {
    vi.useRealTimers();
  }
});

it("interrupts answers at once with a timeout of 0", async () => {
  const drain = createDrain();
  drain.add(router());
  expect(await drain.start({ timeout: 0 })).toEqual({ ended: 0, interrupted: 1, unsettled: 0 });
});

it("interrupts nothing with a timeout of Infinity", async () => {
  const drain = createDrain();
  const expired = vi.fn<() => void>();
  let end = (): void => undefined;
  drain.add({
    drain: (signal) =>
      new Promise((resolve) => {
        onAbort(signal, expired);
        end = () => resolve({ ended: 1, interrupted: 0, unsettled: 0 });
      }),
  });
  const report = drain.start({ timeout: Infinity });
  void drain.start({ timeout: 2 ** 40 });
  // A timer that is too long is over before this one.
  await new Promise((resolve) => setTimeout(resolve, 5));
  end();
  expect(await report).toEqual({ ended: 1, interrupted: 0, unsettled: 0 });
  expect(expired).not.toHaveBeenCalled();
});

// JavaScript can pass a text.
const text: unknown = "soon";

it.each([Number.NaN, text as number])(
  "takes the default instead of a timeout of %s, with a warning",
  async (timeout) => {
    vi.useFakeTimers();
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    try {
      const drain = createDrain();
      drain.add(router());
      const report = drain.start({ timeout });
      expect(warn).toHaveBeenCalledExactlyOnceWith(
        expect.stringContaining(`\`timeout\` of a drain is ${timeout}. It is 25000 ms instead.`),
      );
      await vi.advanceTimersByTimeAsync(25_000);
      expect(await report).toMatchObject({ interrupted: 1 });
    } finally {
      warn.mockRestore();
      vi.useRealTimers();
    }
  },
);

it("drains a router that is added after the start", () => {
  const drain = createDrain();
  void drain.start();
  const late = router();
  const drained = vi.spyOn(late, "drain");
  drain.add(late);
  expect(drained).toHaveBeenCalledOnce();
});
