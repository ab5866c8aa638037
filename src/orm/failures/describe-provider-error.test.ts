import { RateLimitError } from "@node-llm/core";
import { expect, it } from "vitest";

import { ChatError } from "../../chat/chat-error.ts";
import { describeProviderError } from "./describe-provider-error.ts";

const withStatus = (status: number): Error => Object.assign(new Error("secret"), { status });

it.each([
  [withStatus(400), "BAD_REQUEST", 400],
  [withStatus(401), "UNAUTHORIZED", 401],
  [withStatus(402), "PAYMENT_REQUIRED", 402],
  [withStatus(404), "MODEL_NOT_FOUND", 404],
  [withStatus(408), "TIMEOUT", 408],
  [new RateLimitError("secret", {}, "openai", "gpt-4o"), "RATE_LIMITED", 429],
  [withStatus(500), "PROVIDER_ERROR", 500],
  [withStatus(529), "OVERLOADED", 529],
  [AbortSignal.abort().reason, "ABORTED", 499],
  [new ChatError("STREAM_STALLED", "secret"), "STREAM_STALLED", null],
  [new Error("Request timed out: secret"), "TIMEOUT", null],
  [new TypeError("fetch failed"), "CONNECTION_LOST", null],
  [new Error("[NodeLLM] Maximum tool execution calls (5) exceeded."), "TOO_MANY_STEPS", null],
  ["secret", "INTERNAL", null],
])("describes %s as %s", (error, code, statusCode) => {
  const described = describeProviderError(error);
  expect(described).toMatchObject({ code, statusCode });
  expect(described.message).not.toContain("secret");
});
