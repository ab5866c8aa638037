import { expect, it } from "vitest";

import { wait } from "./wait.ts";

const hourMs = 3_600_000;

it("resolves after the time, or at once when there is none", async () => {
  const { signal } = new AbortController();
  await expect(wait(1, signal)).resolves.toBeUndefined();
  await expect(wait(0, signal)).resolves.toBeUndefined();
});

it("resolves as soon as the signal aborts, also when it has already", async () => {
  const controller = new AbortController();
  const waiting = wait(hourMs, controller.signal);
  controller.abort();
  await expect(waiting).resolves.toBeUndefined();
  await expect(wait(hourMs, controller.signal)).resolves.toBeUndefined();
});
