import { expect, test } from "vitest";
import { FakeServerError } from "../../../test/support/fake-chat-server.ts";
import { fakeMessage } from "../../../test/support/fake-message.ts";
import { answerError, toChatHookError } from "./chat-hook-error.ts";

test("a server's refusal keeps its code and text", () => {
  const cause = new FakeServerError("CONFLICT", "An answer is in progress.");
  expect(toChatHookError(cause)).toMatchObject({
    code: "CONFLICT",
    message: "An answer is in progress.",
    retryable: true,
    cause,
  });
  expect(toChatHookError(new FakeServerError("NOT_FOUND")).retryable).toBe(false);
});

test("no answer at all is the network's fault, and can be tried again", () => {
  expect(toChatHookError(new TypeError("Failed to fetch"))).toMatchObject({
    code: "NETWORK",
    retryable: true,
  });
});

test("an answer that failed brings its own error, a stopped one none", () => {
  const error = { code: "RATE_LIMITED" as const, message: "Wait a minute.", retryable: true };
  expect(answerError(fakeMessage({ id: "1", status: "failed", error }))).toMatchObject(error);
  expect(answerError(fakeMessage({ id: "1", status: "stopped" }))).toBeNull();
});
