import { cleanup } from "@testing-library/react";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { renderChat, settle } from "../../test/support/clients/render-chat.tsx";
import { FakeChatServer } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";

// Other files of the same worker have loaded the code, and must not get what is loaded here.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());

vi.mock("./page-tools.ts", () => {
  throw new TypeError("Failed to fetch dynamically imported module");
});

beforeEach(async () => {
  // Tried before the clock stops.
  await import("./page-callbacks.ts").catch(() => undefined);
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("when the code that runs the page's tools cannot be loaded, `error` says so once", async () => {
  const server = new FakeChatServer([fakeMessage({ id: "hello", role: "user", content: "Hello" })]);
  const page = renderChat(server, { onToolCall: () => undefined });
  await settle(1_000);
  expect(page.chat().error).toMatchObject({ retryable: true });
  const commits = page.commits();
  await settle(10_000);
  expect(page.commits()).toBe(commits);
});
