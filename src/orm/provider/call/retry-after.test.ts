import { RateLimitError } from "@node-llm/core";
import { expect, it, vi } from "vitest";

import { RetryAfter } from "./retry-after.ts";

const never = new AbortController().signal;

it("waits for what is left of the time, and not at all without one", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const gate = new RetryAfter();
    await expect(gate.wait(never)).resolves.toBeUndefined();
    gate.note(new Error("slow down"), null);
    await expect(gate.wait(never)).resolves.toBeUndefined();
    gate.note(new Error("slow down"), 5_000);
    // NodeLLM's own pause before the next attempt counts.
    vi.advanceTimersByTime(5_000);
    await expect(gate.wait(never)).resolves.toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

it("refuses another attempt when the provider asks for more than a minute", async () => {
  const gate = new RetryAfter();
  const error = new RateLimitError("slow down", null);
  error.retryAfter = 61;
  gate.note(error, 61_000);
  await expect(gate.wait(never)).rejects.toBe(error);
  expect(error.retryAfter).toBe(0);
});

it("ends with the signal", async () => {
  const gate = new RetryAfter();
  gate.note(new Error("slow down"), 50_000);
  const abort = new AbortController();
  const wait = gate.wait(abort.signal);
  abort.abort(new Error("stopped"));
  await expect(wait).rejects.toThrow("stopped");
});
