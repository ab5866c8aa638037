import { keepPreviousData, QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { ownDefaults } from "./own-defaults.ts";

test("a request is retried three times, and not at all after a final error", () => {
  const { retry } = ownDefaults(new QueryClient());
  if (typeof retry !== "function") throw new Error("The default must be a function.");
  expect(retry(2, new TypeError("Failed to fetch"))).toBe(true);
  expect(retry(3, new TypeError("Failed to fetch"))).toBe(false);
  expect(retry(0, new FakeServerError("INTERNAL_SERVER_ERROR"))).toBe(true);
  expect(retry(0, new FakeServerError("NOT_FOUND"))).toBe(false);
});

test("the app's own default takes precedence", () => {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  expect(ownDefaults(queryClient).retry).toBe(false);
});

test("an error is returned and no entry shows the data of another, whatever the app's defaults are", () => {
  const queryClient = new QueryClient({
    defaultOptions: { queries: { throwOnError: true, placeholderData: keepPreviousData } },
  });
  const options = queryClient.defaultQueryOptions({ ...ownDefaults(queryClient), queryKey: ["a"] });
  expect(options.throwOnError).toBe(false);
  expect(options.placeholderData).toBeTypeOf("function");
  expect(ownDefaults(queryClient).placeholderData()).toBeUndefined();
});
