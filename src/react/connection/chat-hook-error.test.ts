import { expect, test } from "vitest";
import { FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import { answerError, toChatHookError } from "./chat-hook-error.ts";

test("a refusal of the server keeps its code and message", () => {
  const cause = new FakeServerError("CONFLICT", "An answer is in progress.");
  expect(toChatHookError(cause)).toMatchObject({
    code: "CONFLICT",
    message: "An answer is in progress.",
    retryable: true,
    cause,
  });
  expect(toChatHookError(new FakeServerError("NOT_FOUND")).retryable).toBe(false);
});

test("an error of a limit says when to try again, if that is known", () => {
  const error = (message: string) => toChatHookError(new FakeServerError("CONFLICT", message));
  const used = error("The budget is used up. Try again after 2026-02-01T00:00:00.000Z.");
  expect(used.retryAt).toBe("2026-02-01T00:00:00.000Z");
  expect(error("The limit of answers in progress (4) is reached.").retryAt).toBeUndefined();
});

test("an error without a response is a network error, and can be retried", () => {
  expect(toChatHookError(new TypeError("Failed to fetch"))).toMatchObject({
    code: "NETWORK",
    retryable: true,
  });
});

test("a failed answer has an error, a stopped one has none", () => {
  const error = { code: "RATE_LIMITED" as const, message: "Wait a minute.", retryable: true };
  expect(answerError(fakeMessage({ id: "1", status: "failed", error }))).toMatchObject(error);
  expect(answerError(fakeMessage({ id: "1", status: "stopped" }))).toBeNull();
});
