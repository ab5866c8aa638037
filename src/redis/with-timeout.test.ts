import { expect, it } from "vitest";

import { withTimeout } from "./with-timeout.ts";

it("settles with the promise", async () => {
  expect(await withTimeout(Promise.resolve("PONG"), 1_000)).toBe("PONG");
  await expect(withTimeout(Promise.reject(new Error("OOM")), 1_000)).rejects.toThrow("OOM");
});

it("rejects after the timeout", async () => {
  const pending = new Promise<never>(() => undefined);
  await expect(withTimeout(pending, 1)).rejects.toThrow("Redis does not respond.");
});
