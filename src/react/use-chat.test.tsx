import { QueryClient } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer, FakeServerError } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import {
  drawFrame,
  perform,
  renderChat,
  settle,
  texts,
  withClient,
} from "../../test/support/clients/render-chat.tsx";
import { createChatHooks } from "./create-chat-hooks.ts";

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });
const streaming = fakeMessage({
  id: "answer",
  parentId: "hello",
  status: "streaming",
  content: "Hi",
});
const answered = fakeMessage({ id: "answer", parentId: "hello", content: "Hi there" });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("a hook that mounts during an answer reads it to the end", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  expect(page.chat().status).toBe("streaming");
  expect(server.stream.input).toEqual({ messageId: "answer" });
  server.stream.emit("5.0.0", {
    type: "snapshot",
    message: { ...streaming, content: "Hi th" },
  });
  server.stream.text(5, "ere");
  await drawFrame();
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
  server.stream.done(answered);
  await drawFrame();
  expect(page.chat().status).toBe("ready");
});

test("leaving the chat closes the stream without stopping the answer, and returning resumes it", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const queryClient = new QueryClient();
  const page = renderChat(server, { queryClient });
  await settle();
  server.stream.text(2, " there");
  await drawFrame();
  page.unmount();
  expect(server.openStreams).toBe(0);
  expect(server.count("stop")).toBe(0);
  const back = renderChat(server, { queryClient });
  expect(texts(back.chat().messages)).toEqual(["Hello", "Hi there"]);
  await settle();
  expect(server.openStreams).toBe(1);
  server.stream.emit("2.0.0", { type: "snapshot", message: streaming });
  await drawFrame();
  expect(texts(back.chat().messages)).toEqual(["Hello", "Hi there"]);
});

test("two hooks on one chat share the stream and the status", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const { useChat } = createChatHooks(() => server.client);
  const statuses: string[] = [];
  function Status() {
    statuses.push(useChat({ chatId: "chat" }).status);
    return null;
  }
  const queryClient = new QueryClient();
  const page = renderChat(server, { queryClient });
  const second = render(withClient(queryClient, <Status />));
  await settle();
  expect(server.streams).toHaveLength(1);
  second.unmount();
  expect(server.openStreams).toBe(1);
  server.stream.done(answered);
  await drawFrame();
  expect(page.chat().status).toBe("ready");
  expect(server.streams).toHaveLength(1);
});

test("a failed answer is an error, and regenerate answers the question again", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server);
  await settle();
  await perform(() => page.chat().sendMessage("Hello"));
  const error = {
    code: "PROVIDER_ERROR" as const,
    message: "The provider is away.",
    retryable: true,
  };
  // The answer is empty, so the server keeps no message.
  server.messages = server.messages.slice(0, 1);
  server.stream.done(fakeMessage({ id: "answer-1", status: "failed", error }));
  await drawFrame();
  expect(page.chat().status).toBe("error");
  expect(page.chat().error).toMatchObject(error);
  // There is no notice for an answer that is deleted so soon.
  await settle();
  expect(texts(page.chat().messages)).toEqual(["Hello"]);
  await perform(() => page.chat().regenerate());
  expect(server.inputs("regenerate")).toEqual([{ messageId: page.chat().messages[0]?.id }]);
  expect(page.chat().error).toBeNull();
  expect(page.chat().status).toBe("submitted");
  expect(server.stream.input).toEqual({ messageId: "again-1" });
});

test("a regenerated answer replaces the newest one", async () => {
  const server = new FakeChatServer([hello, answered]);
  const page = renderChat(server);
  await settle();
  const again = await perform(() => page.chat().regenerate({ model: "better" }));
  expect(server.inputs("regenerate")).toEqual([{ messageId: "answer", model: "better" }]);
  expect(again.result).toMatchObject({ ok: true, assistantMessage: { id: "again-1" } });
  expect(page.chat().messages.map((message) => message.id)).toEqual(["hello", "again-1"]);
});

test("stop asks the server and keeps the text", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  const stopped = await perform(() => page.chat().stop());
  expect(stopped.result).toBe(true);
  expect(server.inputs("stop")).toEqual([{ messageId: "answer" }]);
  server.stream.done({ ...streaming, status: "stopped" });
  await drawFrame();
  expect(page.chat().status).toBe("ready");
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi"]);
  expect((await perform(() => page.chat().stop())).result).toBe(false);
});

test("stopping before the server has accepted the message stops its answer", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server);
  await settle();
  const answerIt = server.hold("send");
  await perform(() => page.chat().sendMessage("Hello"));
  await perform(() => page.chat().stop());
  expect(server.count("stop")).toBe(0);
  answerIt();
  await settle();
  expect(server.inputs("stop")).toEqual([{ messageId: "answer-1" }]);
});

test("older messages load during an answer, without losing any of its text", async () => {
  const old = Array.from({ length: 4 }, (_, index) =>
    fakeMessage({ id: `old-${index}`, content: `${index}` }),
  );
  const server = new FakeChatServer([...old, hello, streaming]);
  const page = renderChat(server, { limit: 2 });
  await settle();
  expect(page.chat().hasOlder).toBe(true);
  const answerIt = server.hold("messages");
  const loaded = await perform(() => page.chat().loadOlder());
  expect(page.chat().isLoadingOlder).toBe(true);
  server.stream.text(2, " there");
  await drawFrame();
  answerIt();
  await settle();
  expect("result" in loaded).toBe(true);
  expect(texts(page.chat().messages)).toEqual(["2", "3", "Hello", "Hi there"]);
  await perform(() => page.chat().loadOlder());
  expect(page.chat().messages).toHaveLength(6);
  expect(page.chat().hasOlder).toBe(false);
  await perform(() => page.chat().loadOlder());
  expect(server.count("messages")).toBe(3);
  expect(server.inputs("messages")[1]).toEqual({ chatId: "chat", limit: 2, cursor: "4" });
});

test("a chat that does not exist is an error at once, without retries", async () => {
  const server = new FakeChatServer();
  server.gates.set("messages", async () => await Promise.reject(new FakeServerError("NOT_FOUND")));
  const page = renderChat(server);
  await settle(10_000);
  expect(server.count("messages")).toBe(1);
  expect(page.chat().status).toBe("error");
  expect(page.chat().error?.code).toBe("NOT_FOUND");
});

test("initial data is shown in the first render and is not fetched again", async () => {
  const server = new FakeChatServer([hello, answered]);
  const page = renderChat(server, {
    initialData: { items: [hello, answered], nextCursor: null },
  });
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
  expect(page.chat().isLoading).toBe(false);
  await settle();
  expect(server.count("messages")).toBe(0);
});

test("the callbacks keep their identity while text arrives", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  const before = page.chat();
  server.stream.text(2, " there");
  await drawFrame();
  const after = page.chat();
  for (const name of [
    "sendMessage",
    "editMessage",
    "regenerate",
    "stop",
    "clearError",
    "loadOlder",
  ] as const) {
    expect(after[name]).toBe(before[name]);
  }
});
