import { APIError } from "@node-llm/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ChatError } from "../chat/chat-error.ts";
import { eventEmitter } from "./chat-router-event.ts";
import { reportFailure } from "./report-failure.ts";

const log = vi.spyOn(console, "error");
beforeEach(() => void log.mockReset().mockReturnValue());
afterEach(() => void log.mockReset());

/** Everything that was written to the console, as the console would write it. */
async function logged(): Promise<string> {
  const { inspect } = await import("node:util");
  return log.mock.calls
    .flat()
    .map((part) => (typeof part === "string" ? part : inspect(part, { depth: 10 })))
    .join("\n");
}

const answer = { task: "answer", chatId: "c", messageId: "m" } as const;
const secret = "sk-secret-key";

it.each([
  [
    "an error of a provider",
    new APIError(`Invalid key ${secret}`, 401, { key: secret }, "openai", "m"),
  ],
  ["an error of several lines", new Error(`first\n    at ${secret}\n${secret}`)],
  ["an error with a cause", new Error("outer", { cause: new Error(secret) })],
  [
    "an error with more members",
    Object.assign(new TypeError(secret), { code: secret, body: secret }),
  ],
  ["an error with its text as its name", Object.assign(new Error(secret), { cause: secret })],
  ["a text", secret],
  ["an object", { message: secret }],
])("logs %s without its text, and says where to get it", async (_name, error) => {
  reportFailure(undefined, { ...answer, error });
  const text = await logged();
  expect(text).not.toContain(secret);
  expect(text).toMatch(/^node-llm-trpc: the answer m failed: [A-Z_]+ \(.*`onError`/);
});

it("logs the status of a provider's error, the code of a database's, and where it was thrown", async () => {
  reportFailure(undefined, { ...answer, error: new APIError(secret, 429, {}, "openai", "m") });
  expect(await logged()).toMatch(/RATE_LIMITED \(APIError, HTTP 429\)/);
  const error = Object.assign(new Error(secret), { code: "P1001" });
  reportFailure(undefined, { ...answer, error });
  expect(await logged()).toMatch(/INTERNAL \(Error, P1001\)/);
  expect(await logged()).toContain("log-failure.test.ts");
});

it("logs the text of this package's own errors", async () => {
  const error = new ChatError("CONFIGURATION", "`scope` returns null.");
  reportFailure(undefined, { task: "scope", error, chatId: null, messageId: null });
  expect(await logged()).toContain("CONFIGURATION: `scope` returns null.");
});

it("logs what a listener throws, but not the error that it was told of", async () => {
  const error = new Error(secret);
  const own = new Error("The log is full.");
  reportFailure(
    () => {
      throw own;
    },
    { ...answer, error },
  );
  expect(log.mock.lastCall?.[1]).toBe(own);
  const failed = { type: "turnFailed", error, errorCode: "INTERNAL", durationMs: 1 } as const;
  const turn = { chatId: "c", messageId: "m", model: null, provider: null };
  const usage = { inputTokens: null, outputTokens: null, cachedTokens: null, cost: null };
  for (const thrown of [error, new Error("again", { cause: error })]) {
    const listener = (): never => {
      throw thrown;
    };
    reportFailure(listener, { ...answer, error });
    reportFailure(() => Promise.reject(thrown), { ...answer, error });
    eventEmitter(listener)?.({ ...failed, ...turn, ...usage });
  }
  await Promise.resolve();
  await Promise.resolve();
  const text = await logged();
  expect(text).not.toContain(secret);
  expect(text.match(/It has thrown again/g)?.length).toBe(6);
});
