import { expect, it, vi } from "vitest";

import { onAbort } from "./on-abort.ts";

it("calls back once when the signal aborts", () => {
  const controller = new AbortController();
  const callback = vi.fn<() => void>();
  onAbort(controller.signal, callback);
  expect(callback).not.toHaveBeenCalled();
  controller.abort();
  controller.abort();
  expect(callback).toHaveBeenCalledOnce();
});

it("calls back at once when the signal has already aborted", () => {
  const callback = vi.fn<() => void>();
  onAbort(AbortSignal.abort(), callback)();
  expect(callback).toHaveBeenCalledOnce();
});

it("does not call back after its listener was removed, and leaves other listeners alone", () => {
  const controller = new AbortController();
  const callback = vi.fn<() => void>();
  const remove = onAbort(controller.signal, callback);
  onAbort(controller.signal, callback);
  remove();
  controller.abort();
  expect(callback).toHaveBeenCalledOnce();
});
