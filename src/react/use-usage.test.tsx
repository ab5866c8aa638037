import { QueryClient } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer, FakeServerError } from "../../test/support/fakes/fake-chat-server.ts";
import { settle, withClient } from "../../test/support/clients/render-chat.tsx";
import { createChatHooks } from "./create-chat-hooks.ts";
import type { UseUsageOptions, UseUsageResult } from "./use-usage.ts";

const day = {
  key: "2026-01-01",
  title: null,
  requests: 3,
  errors: 1,
  inputTokens: 10,
  outputTokens: 20,
  cachedTokens: null,
  cost: 0.5,
  p50: 100,
  p95: 200,
};

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function renderUsage(server: FakeChatServer, options: UseUsageOptions) {
  const { useUsage } = createChatHooks(() => server.client);
  const queryClient = new QueryClient();
  const results: UseUsageResult[] = [];
  function Usage({ shown }: { readonly shown: UseUsageOptions }) {
    results.push(useUsage(shown));
    return null;
  }
  const { rerender } = render(withClient(queryClient, <Usage shown={options} />));
  return {
    usage: () => results.at(-1),
    show: (shown: UseUsageOptions) => rerender(withClient(queryClient, <Usage shown={shown} />)),
  };
}

test("groups are returned unchanged, and stay until the new ones are loaded", async () => {
  const server = new FakeChatServer();
  server.usage = [day];
  const page = renderUsage(server, { groupBy: "day", from: "2026-01-01T00:00:00Z" });
  expect(page.usage()).toMatchObject({ groups: [], isLoading: true, error: null });
  await settle();
  expect(page.usage()).toMatchObject({ groups: [day], isLoading: false });
  expect(server.inputs("usage")).toEqual([{ groupBy: "day", from: "2026-01-01T00:00:00Z" }]);

  server.usage = [{ ...day, key: "gpt" }];
  page.show({ groupBy: "model" });
  expect(page.usage()?.groups).toEqual([day]);
  await settle();
  expect(page.usage()?.groups[0]?.key).toBe("gpt");
});

test("a refusal is reported at once, without retries, with its code", async () => {
  const server = new FakeChatServer();
  server.failNext("usage", new FakeServerError("FORBIDDEN", "Not for you."));
  const page = renderUsage(server, { groupBy: "day" });
  await settle();
  expect(page.usage()).toMatchObject({ groups: [], error: { code: "FORBIDDEN" } });
  expect(server.count("usage")).toBe(1);
});
