import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { retryDefault } from "./retry-default.ts";

test("a request is retried three times, and not at all after a final error", () => {
  const retry = retryDefault(new QueryClient());
  if (typeof retry !== "function") throw new Error("The default must be a function.");
  expect(retry(2, new TypeError("Failed to fetch"))).toBe(true);
  expect(retry(3, new TypeError("Failed to fetch"))).toBe(false);
  expect(retry(0, new FakeServerError("INTERNAL_SERVER_ERROR"))).toBe(true);
  expect(retry(0, new FakeServerError("NOT_FOUND"))).toBe(false);
});

test("the app's own default takes precedence", () => {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  expect(retryDefault(queryClient)).toBe(false);
});
