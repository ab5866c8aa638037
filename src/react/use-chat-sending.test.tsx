import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer, FakeServerError } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import {
  drawFrame,
  perform,
  renderChat,
  settle,
  texts,
} from "../../test/support/clients/render-chat.tsx";
import type { SendResult } from "./session/chat-action-result.ts";

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });
const answered = fakeMessage({ id: "answer", parentId: "hello", content: "Hi there" });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("a message is shown at once, under its final id", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server);
  await settle();
  const answerIt = server.hold("send");
  const sent = await perform(() => page.chat().sendMessage("Hello"));
  const [optimistic] = page.chat().messages;
  expect(optimistic).toMatchObject({ role: "user", status: "complete", content: "Hello" });
  expect(page.chat().status).toBe("submitted");
  answerIt();
  await settle();
  expect(server.inputs("send")).toEqual([{ chatId: "chat", id: optimistic?.id, content: "Hello" }]);
  expect(page.chat().messages.map((message) => message.id)).toEqual([optimistic?.id, "answer-1"]);
  expect(sent.result).toMatchObject({ ok: true, assistantMessage: { id: "answer-1" } });
  expect(page.chat().status).toBe("submitted");
  expect(server.stream.input).toEqual({ messageId: "answer-1" });
  server.stream.text(0, "Hi");
  await drawFrame();
  expect(page.chat().status).toBe("streaming");
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi"]);
  server.stream.done(fakeMessage({ id: "answer-1", content: "Hi there" }));
  await drawFrame();
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
  expect(page.statuses).toEqual(["ready", "submitted", "streaming", "ready"]);
  expect(server.openStreams).toBe(0);
});

test("attachments are sent and shown with the message, and need no text", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server);
  await settle();
  const attachments = [
    { name: "a.txt", mediaType: "text/plain", url: "data:text/plain;base64,SGk=" },
  ];
  server.hold("send");
  await perform(() => page.chat().sendMessage({ content: "", attachments, model: "better" }));
  expect(page.chat().messages).toMatchObject([{ role: "user", parts: [], attachments }]);
  expect(server.inputs("send")).toMatchObject([{ content: "", attachments, model: "better" }]);
});

test("an edit is shown as the newest version of its message", async () => {
  const server = new FakeChatServer([hello, answered]);
  const page = renderChat(server);
  await settle();
  server.hold("send");
  await perform(() => page.chat().editMessage("hello", "Good day"));
  expect(page.chat().messages).toMatchObject([
    { content: "Good day", siblings: { index: 1, count: 2 }, parentId: null },
  ]);
});

test("a failed send removes the message, keeps the error, and does not reject", async () => {
  const server = new FakeChatServer([hello, answered]);
  const page = renderChat(server);
  await settle();
  server.failNext("send", new FakeServerError("TOO_MANY_REQUESTS", "Too many messages."));
  const sent = await perform(() => page.chat().sendMessage("Again"));
  expect(sent.result).toMatchObject({ ok: false, error: { code: "TOO_MANY_REQUESTS" } });
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
  expect(page.chat().status).toBe("error");
  expect(page.chat().error).toMatchObject({ message: "Too many messages.", retryable: true });
  act(() => page.chat().clearError());
  await settle();
  expect(page.chat().status).toBe("ready");
  expect(page.chat().error).toBeNull();
});

test("a send that may not have arrived is retried under the same id, also by the user", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server);
  await settle();
  const unreachable = new TypeError("Failed to fetch");
  server.gates.set("send", async () => await Promise.reject(unreachable));
  const sent = await perform(() => page.chat().sendMessage("Hello"));
  await settle(2_000);
  expect(sent.result).toMatchObject({ ok: false, error: { code: "NETWORK" } });
  expect(server.count("send")).toBe(3);
  expect(page.chat().messages).toEqual([]);
  server.gates.clear();
  await perform(() => page.chat().sendMessage("Hello"));
  const ids = server.inputs("send").map((input) => JSON.stringify(input));
  expect(new Set(ids).size).toBe(1);
  expect(page.chat().messages).toHaveLength(2);
});

test("a second send is refused while the first is being submitted or answered", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server);
  await settle();
  const refused = { ok: false, error: { code: "CONFLICT" } };
  const results: SendResult[] = [];
  await act(async () => {
    void page.chat().sendMessage("Hello");
    results.push(await page.chat().sendMessage("Hello"));
    await vi.advanceTimersByTimeAsync(1);
  });
  expect(results).toMatchObject([refused]);
  const later = await perform(() => page.chat().sendMessage("And?"));
  expect(later.result).toMatchObject(refused);
  expect(server.count("send")).toBe(1);
  expect(page.chat().error?.code).toBe("CONFLICT");
  expect(page.chat().messages).toHaveLength(2);
});

test("an empty message is refused before it is sent", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server);
  await settle();
  const sent = await perform(() => page.chat().sendMessage("  \n"));
  expect(sent.result).toMatchObject({ ok: false, error: { code: "BAD_REQUEST" } });
  expect(page.chat().error?.code).toBe("BAD_REQUEST");
  expect(server.count("send")).toBe(0);
});

test("StrictMode sends once and keeps one stream", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server, { strict: true });
  await settle();
  await perform(() => page.chat().sendMessage("Hello"));
  expect(server.count("send")).toBe(1);
  expect(server.openStreams).toBe(1);
  server.stream.text(0, "Hi");
  await drawFrame();
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi"]);
});

test("an edit replaces the message at once, and is rolled back when it fails", async () => {
  const server = new FakeChatServer([hello, answered]);
  const page = renderChat(server);
  await settle();
  const answerIt = server.hold("send");
  const edited = await perform(() => page.chat().editMessage("hello", "Good day"));
  expect(texts(page.chat().messages)).toEqual(["Good day"]);
  answerIt(new FakeServerError("CONFLICT"));
  await settle();
  expect(edited.result).toMatchObject({ ok: false });
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
  await perform(() => page.chat().editMessage("hello", "Good day"));
  expect(server.inputs("send").at(-1)).toMatchObject({ parentId: null, content: "Good day" });
  expect(texts(page.chat().messages)).toEqual(["Good day", ""]);
});

test("without a chat, the first message is shown at once, and makes the chat that the page continues with", async () => {
  const server = new FakeChatServer();
  const created: string[] = [];
  const page = renderChat(server, {
    chatId: null,
    newChat: { title: "Fresh" },
    onChatCreated: (chat) => created.push(chat.id),
  });
  await settle();
  expect(server.calls).toEqual([]);
  expect(page.chat().isLoading).toBe(false);
  const answerIt = server.hold("send");
  await perform(() => page.chat().sendMessage("Hello"));
  expect(texts(page.chat().messages)).toEqual(["Hello"]);
  expect(page.chat().status).toBe("submitted");
  const [shown] = page.chat().messages;
  answerIt(new FakeServerError("TOO_MANY_REQUESTS"));
  await settle();
  expect(page.chat()).toMatchObject({ status: "error", messages: [], chatId: null });
  expect(page.chat().error?.code).toBe("TOO_MANY_REQUESTS");
  await perform(() => page.chat().sendMessage("Hello"));
  expect(server.inputs("send")).toMatchObject([
    { newChat: { title: "Fresh" }, id: shown?.id, content: "Hello" },
    { newChat: { title: "Fresh" }, content: "Hello" },
  ]);
  expect(created).toEqual(["chat-1"]);
  expect(page.chat().chatId).toBe("chat-1");
  server.stream.text(0, "Hi");
  await drawFrame();
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi"]);
  expect([server.count("create"), server.count("messages")]).toEqual([0, 0]);
  expect(page.statuses).toEqual(["ready", "submitted", "error", "submitted", "streaming"]);
});

test("a new chat's first message that may not have arrived keeps its id, and leaves nothing on an empty page", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server, { chatId: null });
  await settle();
  server.failNext("send", new TypeError("fetch failed"));
  await perform(() => page.chat().sendMessage("Hello"));
  await settle(300);
  const inputs = server.inputs("send").map((input) => JSON.stringify(input));
  expect(inputs).toHaveLength(2);
  expect(new Set(inputs).size).toBe(1);
  expect(texts(page.chat().messages)).toEqual(["Hello", ""]);
  // Somebody who opens another new chat sees nothing of it.
  const other = renderChat(server, { chatId: null, queryClient: page.queryClient });
  await settle();
  expect(other.chat().messages).toEqual([]);
});
