import { isTrackedEnvelope, TRPCError } from "@trpc/server";
import { expect, it, vi } from "vitest";

import { ChatError } from "../../chat/chat-error.ts";
import { trackEvents } from "./track-events.ts";

async function* events() {
  yield { id: "1.0.0", data: "one" };
  throw new ChatError("NOT_FOUND", "It is gone.");
}

it("tracks each event, and throws what a client may see", async () => {
  const tracked = trackEvents(events());
  const { value } = await tracked.next();
  expect(isTrackedEnvelope(value)).toBe(true);
  expect(Array.isArray(value) && [...value]).toEqual(["1.0.0", "one", expect.anything()]);
  // What a caller in the same process reads.
  expect(value).toMatchObject({ id: "1.0.0", data: "one" });
  const error: unknown = await tracked.next().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TRPCError);
  expect(error).toMatchObject({ code: "NOT_FOUND", message: "It is gone." });
});

it("gives nothing after an error, whatever its source would give", async () => {
  const fails = vi
    .fn<() => Promise<IteratorResult<{ id: string; data: string }, void>>>()
    .mockRejectedValueOnce(new Error("It failed."))
    .mockResolvedValue({ done: false, value: { id: "1", data: "more" } });
  const tracked = trackEvents({ next: fails });
  await expect(tracked.next()).rejects.toThrow(TRPCError);
  await expect(tracked.next()).resolves.toEqual({ done: true, value: undefined });
});

it("ends the source when its reader leaves", async () => {
  const leave = vi.fn<() => Promise<IteratorResult<never, void>>>(() =>
    Promise.resolve({ done: true, value: undefined }),
  );
  const source = { next: () => new Promise<never>(() => undefined), return: leave };
  await trackEvents(source).return?.();
  expect(leave).toHaveBeenCalledOnce();
});
