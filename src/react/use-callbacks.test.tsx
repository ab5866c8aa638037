import { QueryClient } from "@tanstack/react-query";
import { cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer, FakeServerError } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { drawFrame, perform, renderChat, settle } from "../../test/support/clients/render-chat.tsx";
import type { UseChatOptions } from "./use-chat.ts";

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });
const streaming = fakeMessage({ id: "answer", parentId: "hello", status: "streaming" });
const answered = fakeMessage({ id: "answer", parentId: "hello", content: "Hi there" });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function spies() {
  return {
    onFinish: vi.fn<NonNullable<UseChatOptions["onFinish"]>>(),
    onError: vi.fn<NonNullable<UseChatOptions["onError"]>>(),
  };
}

test.each([true, false])("tells of each answer that ends, once (strict: %s)", async (strict) => {
  const server = new FakeChatServer([hello, streaming]);
  const calls = spies();
  const page = renderChat(server, { ...calls, strict });
  await settle();
  server.stream.text(0, "Hi there");
  await drawFrame();
  expect(calls.onFinish).not.toHaveBeenCalled();
  server.stream.done(answered);
  await drawFrame();
  expect(calls.onFinish.mock.calls).toEqual([[{ message: expect.objectContaining(answered) }]]);

  await perform(() => page.chat().sendMessage("Again"));
  const stopped = fakeMessage({ id: "answer-1", status: "stopped", content: "So" });
  server.stream.done(stopped);
  await drawFrame();
  expect(calls.onFinish).toHaveBeenCalledTimes(2);
  expect(calls.onFinish).toHaveBeenLastCalledWith({
    message: expect.objectContaining({ id: "answer-1", status: "stopped" }),
  });
  expect(calls.onError).not.toHaveBeenCalled();
});

test("does not tell of an answer that had ended, or that waits for an approval", async () => {
  const calls = spies();
  renderChat(new FakeChatServer([hello, answered]), calls);
  const server = new FakeChatServer([hello, streaming]);
  renderChat(server, { ...calls, queryClient: new QueryClient() });
  await settle();
  server.stream.done({ ...streaming, status: "awaiting_approval" });
  await drawFrame();
  expect(calls.onFinish).not.toHaveBeenCalled();
});

test("tells of each error, once", async () => {
  const server = new FakeChatServer([hello, answered]);
  const calls = spies();
  const page = renderChat(server, { ...calls, strict: true });
  await settle();
  server.failNext("send", new FakeServerError("TOO_MANY_REQUESTS", "Later."));
  await perform(() => page.chat().sendMessage("Again"));
  await settle();
  expect(calls.onError.mock.calls).toEqual([
    [expect.objectContaining({ code: "TOO_MANY_REQUESTS" })],
  ]);
  await perform(() => Promise.resolve(page.chat().clearError()));
  expect(calls.onError).toHaveBeenCalledTimes(1);
});
