import { expect, it } from "vitest";

import { abortable, abortReason, settled, Waiter } from "./abortable.ts";

const never = new Promise<never>(() => undefined);

it("settles with the promise unless the signal aborts first", async () => {
  const { signal } = new AbortController();
  expect(await abortable(Promise.resolve(1), signal)).toBe(1);
  await expect(abortable(Promise.reject(new Error("broken")), signal)).rejects.toThrow("broken");
});

it("rejects with the reason of the abort", async () => {
  const controller = new AbortController();
  const waiting = abortable(never, controller.signal);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(abortable(never, controller.signal)).rejects.toThrow("enough");
});

it("has an AbortError as the reason of an abort without one", () => {
  expect(abortReason(AbortSignal.abort())).toMatchObject({ name: "AbortError" });
  expect(abortReason(AbortSignal.abort(null))).toMatchObject({ name: "AbortError" });
});

it("waits for one promise after the other until the signal aborts", async () => {
  const controller = new AbortController();
  const waiter = new Waiter(controller.signal);
  expect(await waiter.wait(Promise.resolve("a"))).toBe("a");
  const waiting = waiter.wait(never);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(waiter.wait(Promise.resolve("b"))).rejects.toThrow("enough");
});

it("waits no longer than the given time, and ignores how the promise settles", async () => {
  await expect(settled(never, 5)).resolves.toBeUndefined();
  await expect(settled(Promise.reject(new Error("broken")), 60_000)).resolves.toBeUndefined();
});
