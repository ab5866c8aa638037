import { QueryClient } from "@tanstack/react-query";
import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  fakeChat,
  FakeChatServer,
  FakeServerError,
} from "../../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import {
  drawFrame,
  perform,
  renderChat,
  settle,
} from "../../../test/support/clients/render-chat.tsx";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { ChatNotice } from "../../chat/chat-notice.ts";

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });
const answered = fakeMessage({ id: "answer", parentId: "hello", content: "Hi there" });
const again = fakeMessage({ id: "again", role: "user", parentId: "answer", content: "Again" });
const second = fakeMessage({ id: "second", parentId: "again", status: "pending" });
const state: ChatNotice = {
  type: "state",
  chat: fakeChat({ id: "chat" }),
  newestId: "answer",
};

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

async function open(messages: readonly ChatMessage[] = [hello, answered]) {
  const server = new FakeChatServer(messages);
  const page = renderChat(server);
  await settle();
  const texts = (): readonly string[] => page.chat().messages.map((message) => message.content);
  /** Delivers notices, and gives the page time to act on them. */
  const tell = async (...notices: readonly ChatNotice[]): Promise<void> => {
    act(() => {
      for (const notice of notices) server.watch.notice(notice);
    });
    await drawFrame();
    await settle();
  };
  return { server, page, texts, tell };
}

test("the first notice refetches nothing when the page has the newest message", async () => {
  const { server, tell } = await open();
  expect(server.watch.input).toEqual({ chatId: "chat" });
  await tell(state);
  expect(server.count("messages")).toBe(1);
});

test("the first notice refetches what the page lacks", async () => {
  const { server, texts, tell } = await open([hello]);
  server.messages = [hello, answered];
  await tell(state);
  expect(server.count("messages")).toBe(2);
  expect(texts()).toEqual(["Hello", "Hi there"]);
});

test("a notice that arrives while the page loads waits for it", async () => {
  const server = new FakeChatServer([hello, answered]);
  const answerIt = server.hold("messages");
  renderChat(server);
  await settle();
  server.watch.notice(state);
  await drawFrame();
  answerIt();
  await settle(100);
  expect(server.count("messages")).toBe(1);
});

test("a turn of another tab is fetched once and its answer streamed", async () => {
  const { server, page, texts, tell } = await open();
  server.messages = [hello, answered, again, second];
  await tell({ type: "created", messageId: "again" }, { type: "created", messageId: "second" });
  expect(server.count("messages")).toBe(2);
  expect(page.chat().status).toBe("submitted");
  act(() => server.stream.text(0, "Hi again"));
  await drawFrame();
  expect(texts()).toEqual(["Hello", "Hi there", "Again", "Hi again"]);
  act(() => server.stream.done({ ...second, status: "complete", content: "Hi again" }));
  await drawFrame();
  await tell({ type: "finished", messageId: "second" });
  expect(server.count("messages")).toBe(2);
});

test("the tab's own turn refetches nothing, although its notices arrive before the response", async () => {
  const { server, page, tell } = await open();
  const answerIt = server.hold("send");
  await perform(() => page.chat().sendMessage("Again"));
  const id = page.chat().messages.at(-1)?.id ?? "";
  await tell({ type: "created", messageId: id }, { type: "created", messageId: "answer-1" });
  answerIt();
  await settle(100);
  expect(server.count("messages")).toBe(1);
  expect(server.openStreams).toBe(1);
});

test("an end that no stream reports is fetched", async () => {
  const error = {
    code: "TIMEOUT" as const,
    message: "The model did not answer in time.",
    retryable: true,
  };
  const failed: ChatMessage = { ...answered, status: "failed", content: "Hi", error };
  const { server, page, tell } = await open([
    hello,
    { ...answered, status: "awaiting_approval", content: "Hi" },
  ]);
  server.messages = [hello, failed];
  await tell({ type: "finished", messageId: "answer" });
  expect(page.chat().messages.at(-1)?.status).toBe("failed");
  expect(page.chat()).toMatchObject({ status: "error", error });
});

test("an answer approved in another tab continues here", async () => {
  const { server, page, tell } = await open([hello, { ...answered, status: "awaiting_approval" }]);
  server.messages = [hello, { ...answered, status: "streaming" }];
  await tell({ type: "updated", messageId: "answer" });
  expect(page.chat().status).toBe("streaming");
  expect(server.stream.input).toEqual({ messageId: "answer" });
});

test("another branch is shown when another tab selects it", async () => {
  const { server, texts, tell } = await open();
  server.messages = [hello, fakeMessage({ id: "other", content: "Good day" })];
  await tell({ type: "updated", messageId: "other" });
  expect(texts()).toEqual(["Hello", "Good day"]);
  await tell({ type: "updated", messageId: "other" });
  expect(server.count("messages")).toBe(2);
});

test("an answer that was deleted disappears", async () => {
  const { server, texts, tell } = await open([
    hello,
    { ...answered, status: "awaiting_approval", content: "" },
  ]);
  server.messages = [hello];
  await tell({ type: "deleted", messageId: "answer" });
  expect(texts()).toEqual(["Hello"]);
});

test.each<readonly [string, ChatNotice]>([
  ["a deletion", { type: "deleted", messageId: "answer-1" }],
  ["the chat's state", { type: "state", chat: fakeChat({ id: "chat" }), newestId: "again" }],
])(
  "%s that arrives before the answer's end waits for it, and keeps its error",
  async (_name, notice) => {
    const { server, page, tell } = await open();
    await perform(() => page.chat().sendMessage("Again"));
    const asked = server.messages.slice(0, -1);
    server.messages = asked;
    await tell(notice);
    expect(server.openStreams).toBe(1);
    const error = {
      code: "PROVIDER_ERROR" as const,
      message: "The provider is away.",
      retryable: true,
    };
    act(() => server.stream.done(fakeMessage({ id: "answer-1", status: "failed", error })));
    await drawFrame();
    await settle(100);
    expect(page.chat().error).toMatchObject(error);
    expect(page.chat().messages).toEqual(asked);
  },
);

test("a chat that was deleted elsewhere is an error, and the watch ends", async () => {
  const { server, page, tell } = await open();
  await tell({ type: "chatDeleted" });
  expect(page.chat()).toMatchObject({ status: "error", error: { code: "NOT_FOUND" } });
  await settle(60_000);
  expect(server.watches).toHaveLength(1);
  expect(server.watch.isOpen).toBe(false);
});

test("a broken watch resumes after its last notice, and a refused one does not", async () => {
  const { server, page, tell } = await open();
  await tell(state);
  server.watch.drop();
  await settle(50);
  expect(server.watch.input).toEqual({ chatId: "chat", lastEventId: "1" });
  // `connection` is that of the answer's stream.
  expect(page.chat().connection).toBe("live");
  server.watch.fail(new FakeServerError("NOT_FOUND"));
  await settle(60_000);
  expect(server.watches).toHaveLength(2);
});

test("the watch closes with the last hook and resumes with the next", async () => {
  const server = new FakeChatServer([hello, answered]);
  const queryClient = new QueryClient();
  const first = renderChat(server, { queryClient });
  await settle();
  const another = renderChat(server, { queryClient });
  await settle();
  expect(server.watches).toHaveLength(1);
  act(() => server.watch.notice(state));
  first.unmount();
  expect(server.watch.isOpen).toBe(true);
  another.unmount();
  expect(server.watch.isOpen).toBe(false);
  renderChat(server, { queryClient });
  await settle();
  expect(server.watch.input).toEqual({ chatId: "chat", lastEventId: "1" });
});

test("without a chat nothing is watched", async () => {
  const server = new FakeChatServer();
  renderChat(server, { chatId: null });
  await settle();
  expect(server.watches).toHaveLength(0);
});

test("a waiting answer is shown as waiting, whether a refetch or the stream reports it first, and continues with its notice", async () => {
  const { server, page, tell } = await open([hello, answered, again, second]);
  const waiting: ChatMessage = { ...second, status: "awaiting_approval", content: "May I?" };
  server.messages = [hello, answered, again, waiting];
  // The messages are refetched during the stream, as when the window gets the focus.
  act(() => void page.queryClient.invalidateQueries());
  await settle();
  expect(page.chat().messages.at(-1)?.status).toBe("awaiting_approval");
  act(() => server.stream.done(waiting));
  await drawFrame();
  server.messages = [hello, answered, again, { ...waiting, status: "complete" }];
  await tell({ type: "updated", messageId: "second" }, { type: "finished", messageId: "second" });
  expect(page.chat().messages.at(-1)?.status).toBe("complete");
});

test("a stream that reports late that its answer waits does not hide that it has continued", async () => {
  const { server, page, tell } = await open([hello, answered, again, second]);
  const waiting: ChatMessage = { ...second, status: "awaiting_approval", content: "May I?" };
  server.messages = [hello, answered, again, { ...waiting, status: "complete" }];
  await tell({ type: "updated", messageId: "second" }, { type: "finished", messageId: "second" });
  act(() => server.stream.done(waiting));
  await drawFrame();
  await drawFrame();
  await settle();
  expect(page.chat().messages.at(-1)?.status).toBe("complete");
});

test("older messages requested during a refetch do not discard what it brings", async () => {
  const old = Array.from({ length: 4 }, (_, index) => fakeMessage({ id: `old-${index}` }));
  const server = new FakeChatServer([...old, hello]);
  const page = renderChat(server, { limit: 2 });
  await settle();
  server.messages = [...server.messages, answered];
  const answerIt = server.hold("messages");
  act(() => server.watch.notice({ type: "created", messageId: "answer" }));
  await drawFrame();
  expect(server.count("messages")).toBe(2);
  await perform(() => page.chat().loadOlder());
  answerIt();
  await settle();
  await drawFrame();
  expect(page.chat().messages.map(({ id }) => id)).toEqual(["old-2", "old-3", "hello", "answer"]);
});
