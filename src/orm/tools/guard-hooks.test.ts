import { once } from "node:events";

import { expect, it, vi } from "vitest";

import { guardHooks } from "./guard-hooks.ts";

it("turns the rejection of a handler into a warning", async () => {
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

it("lets core wait for a handler, whatever becomes of its promise", async () => {
  const ends: string[] = [];
  const { onEndMessageHandlers = [], onNewMessageHandlers = [] } = guardHooks({
    onEndMessageHandlers: [
      async () => {
        await Promise.resolve();
        ends.push("end");
      },
    ],
    onNewMessage: async () => {
      await Promise.resolve();
      ends.push("new");
      throw new Error("no log");
    },
  });
  const warned = once(process, "warning");
  // Their type does not say that they return a promise.
  for (const handler of [...onNewMessageHandlers, ...onEndMessageHandlers])
    await (handler as () => unknown)();
  expect(ends).toEqual(["new", "end"]);
  await warned;
});
