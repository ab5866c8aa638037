import { once } from "node:events";

import { expect, it, vi } from "vitest";

import { guardHooks } from "./guard-hooks.ts";

it("turns the rejection of a handler that core does not wait for into a warning", async () => {
  const fail = vi.fn<(...values: unknown[]) => Promise<never>>(() =>
    Promise.reject(new Error("no log")),
  );
  const seen = vi.fn<(...values: unknown[]) => void>();
  const { onToolCallEndHandlers = [] } = guardHooks({
    onToolCallEnd: fail,
    onToolCallEndHandlers: [seen],
  });
  const warned = once(process, "warning");
  for (const handler of onToolCallEndHandlers) handler("call", "result");
  const text = String(await warned);
  // Its text may have the words of a user in it; where it was thrown says enough.
  expect(text).toMatch(
    /a handler of a chat's events failed: INTERNAL \(Error\)\n\s+at .*guard-hooks/,
  );
  expect(text).not.toContain("no log");
  expect([fail.mock.calls, seen.mock.calls]).toEqual([[["call", "result"]], [["call", "result"]]]);
});

it("lets a handler that throws at once end the answer", () => {
  const { onNewMessageHandlers = [], ...rest } = guardHooks({
    temperature: 1,
    onNewMessageHandlers: [
      () => {
        throw new Error("stop here");
      },
    ],
  });
  expect(() => onNewMessageHandlers[0]?.()).toThrow("stop here");
  expect(rest).toMatchObject({ temperature: 1, onEndMessageHandlers: [] });
});
