import { expect, test } from "vitest";
import { FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { attempt } from "./chat-action-result.ts";

test("a successful action clears the error and resolves to its data", async () => {
  const errors: unknown[] = [];
  const result = await attempt(
    async () => ({ stopped: true }),
    (error) => errors.push(error),
  );
  expect(result).toEqual({ ok: true, stopped: true });
  expect(errors).toEqual([null]);
});

test("a failed action sets the error and resolves to it", async () => {
  const errors: unknown[] = [];
  const result = await attempt(
    async () => {
      throw new FakeServerError("FORBIDDEN", "Not for you.");
    },
    (error) => errors.push(error),
  );
  expect(result).toMatchObject({
    ok: false,
    error: { code: "FORBIDDEN", message: "Not for you." },
  });
  expect(errors).toEqual([null, "error" in result && result.error]);
});
