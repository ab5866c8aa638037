import { LLMError } from "@node-llm/core";
import { TRPCError } from "@trpc/server";
import { describe, expect, it } from "vitest";
import { ChatError } from "../chat/chat-error.ts";
import { toTrpcError } from "./errors.ts";

describe("toTrpcError", () => {
  it("leaves an error of the app unchanged", () => {
    const error = new TRPCError({ code: "TOO_MANY_REQUESTS", message: "No quota left." });
    expect(toTrpcError(error)).toBe(error);
  });

  it.each([
    ["NOT_FOUND", "NOT_FOUND"],
    ["SERVICE_UNAVAILABLE", "SERVICE_UNAVAILABLE"],
    ["STREAM_STALLED", "INTERNAL_SERVER_ERROR"],
  ] as const)("turns the ChatError %s into %s with its own text", (code, trpcCode) => {
    const error = new ChatError(code, "What happened.");
    expect(toTrpcError(error)).toMatchObject({
      code: trpcCode,
      message: "What happened.",
      cause: error,
    });
  });

  it.each(["CONFIGURATION", "SCHEMA_MISMATCH"] as const)(
    "tells the client of the ChatError %s nothing but that the server is not set up",
    (code) => {
      const error = new ChatError(code, "secret");
      const result = toTrpcError(error);
      expect(result).toMatchObject({ code: "INTERNAL_SERVER_ERROR", cause: error });
      expect(result.message).toMatch(/not set up correctly/);
    },
  );

  it.each([
    ["an unknown error", new Error("secret"), /server's log/],
    ["a value that is no error", "secret", /server's log/],
    ["an error of NodeLLM", new LLMError("secret"), /not configured/],
    ["a missing table", Object.assign(new Error("secret"), { code: "P2021" }), /migrate deploy/],
    ["a missing database", Object.assign(new Error("secret"), { code: "P1001" }), /DATABASE_URL/],
  ])("hides the text of %s, and says what to do", (_name, error, expected) => {
    const result = toTrpcError(error);
    expect(result.code).toBe("INTERNAL_SERVER_ERROR");
    expect(result.message).toMatch(expected);
    expect(result.message).not.toContain("secret");
  });
});
