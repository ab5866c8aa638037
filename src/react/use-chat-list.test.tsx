import { QueryClient } from "@tanstack/react-query";
import { act, cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  fakeChat,
  FakeChatServer,
  FakeServerError,
} from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import {
  drawFrame,
  perform,
  renderList,
  settle,
  withClient,
} from "../../test/support/clients/render-chat.tsx";
import { createChatKeys } from "./cache/chat-keys.ts";
import { createChatHooks } from "./create-chat-hooks.ts";
import type { UseChatResult } from "./use-chat.ts";
import type { UseChatListResult } from "./use-chat-list.ts";

let server: FakeChatServer;

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeChatServer();
  server.chats = ["a", "b", "c"].map((id) => fakeChat({ id }));
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function ids(list: UseChatListResult): readonly string[] {
  return list.chats.map((chat) => chat.id);
}

test("pages are loaded one after another", async () => {
  const page = renderList(server, { limit: 2 });
  expect(page.list().isLoading).toBe(true);
  await settle();
  expect(ids(page.list())).toEqual(["a", "b"]);
  expect(page.list().hasMore).toBe(true);
  await perform(() => page.list().loadMore());
  expect(ids(page.list())).toEqual(["a", "b", "c"]);
  expect(page.list().hasMore).toBe(false);
  expect(server.inputs("list")).toEqual([{ limit: 2 }, { limit: 2, cursor: "2" }]);
});

test("a search keeps the listed chats until its result is loaded", async () => {
  const page = renderList(server);
  await settle();
  const answerIt = server.hold("list");
  page.show({ search: " of b " });
  await settle();
  expect(ids(page.list())).toEqual(["a", "b", "c"]);
  answerIt();
  await settle();
  expect(ids(page.list())).toEqual(["b"]);
  expect(server.inputs("list").at(-1)).toEqual({ search: "of b" });
});

test("a new chat is listed first", async () => {
  const page = renderList(server);
  await settle();
  const created = await perform(() => page.list().createChat({ title: "New" }));
  expect(created.result).toMatchObject({ ok: true, chat: { id: "chat-1", title: "New" } });
  expect(ids(page.list())).toEqual(["chat-1", "a", "b", "c"]);
  expect(server.count("list")).toBe(1);
});

test("a new chat is not added to search results", async () => {
  const page = renderList(server, { search: "of b" });
  await settle();
  await perform(() => page.list().createChat({ title: "New" }));
  expect(ids(page.list())).toEqual(["b"]);
});

test("a list that is not infinite is invalidated when a chat is renamed", async () => {
  const page = renderList(server);
  await settle();
  const key = createChatKeys("chat").key("list", "query", { limit: 5 });
  page.queryClient.setQueryData(key, { items: server.chats, nextCursor: null });
  await perform(() => page.list().renameChat("b", "Better"));
  expect(page.queryClient.getQueryState(key)?.isInvalidated).toBe(true);
});

test("a new title is shown at once, and rolled back when it is refused", async () => {
  const page = renderList(server);
  await settle();
  const answerIt = server.hold("update");
  const renamed = await perform(() => page.list().renameChat("b", "Better"));
  expect(page.list().chats[1]?.title).toBe("Better");
  const answerList = server.hold("list");
  answerIt(new FakeServerError("BAD_REQUEST", "The title is too long."));
  await settle();
  expect(renamed.result).toMatchObject({ ok: false, error: { code: "BAD_REQUEST" } });
  expect(page.list().chats[1]?.title).toBe("Title of b");
  expect(page.list().error?.message).toBe("The title is too long.");
  answerList();
  await settle();
  await perform(() => page.list().renameChat("b", "Better"));
  expect(page.list().chats[1]?.title).toBe("Better");
  expect(page.list().error).toBeNull();
});

test("a deleted chat disappears at once, and returns to its place when the deletion is refused", async () => {
  const page = renderList(server);
  await settle();
  const answerIt = server.hold("delete");
  await perform(() => page.list().deleteChat("b"));
  expect(ids(page.list())).toEqual(["a", "c"]);
  const answerList = server.hold("list");
  answerIt(new FakeServerError("INTERNAL_SERVER_ERROR"));
  await settle();
  expect(ids(page.list())).toEqual(["a", "b", "c"]);
  answerList();
  await settle();
  await perform(() => page.list().deleteChat("b"));
  expect(ids(page.list())).toEqual(["a", "c"]);
});

test("a refetch in progress does not restore a deleted chat", async () => {
  const page = renderList(server);
  await settle();
  const answerList = server.hold("list");
  act(() => void page.queryClient.invalidateQueries());
  await settle();
  const answerDelete = server.hold("delete");
  await perform(() => page.list().deleteChat("b"));
  answerList();
  await settle();
  expect(ids(page.list())).toEqual(["a", "c"]);
  answerDelete();
  await settle();
  expect(ids(page.list())).toEqual(["a", "c"]);
  expect(server.count("list")).toBe(3);
});

test("a list that cannot be loaded has an error", async () => {
  server.gates.set("list", async () => await Promise.reject(new FakeServerError("UNAUTHORIZED")));
  const page = renderList(server);
  await settle();
  expect(page.list().error?.code).toBe("UNAUTHORIZED");
  expect(page.list().isLoading).toBe(false);
});

test("an answer in progress marks its chat and moves it to the top", async () => {
  server.chats = [fakeChat({ id: "a" }), fakeChat({ id: "chat" })];
  const { useChat, useChatList } = createChatHooks(() => server.client);
  const chats: UseChatResult[] = [];
  const lists: UseChatListResult[] = [];
  function Page() {
    chats.push(useChat({ chatId: "chat" }));
    lists.push(useChatList());
    return null;
  }
  render(withClient(new QueryClient(), <Page />));
  await settle();
  await perform(async () => await chats.at(-1)?.sendMessage("Hello"));
  const active = fakeChat({ id: "chat", activeMessageId: "answer-1" });
  act(() => server.watch.notice({ type: "chat", chat: active }));
  await settle();
  expect(lists.at(-1)?.chats).toMatchObject([
    { id: "chat", activeMessageId: "answer-1" },
    { id: "a", activeMessageId: null },
  ]);
  await settle(60_000);
  expect(server.count("list")).toBe(1);
  server.stream.done(fakeMessage({ id: "answer-1", content: "Hi" }));
  act(() => server.watch.notice({ type: "finished", messageId: "answer-1" }));
  await drawFrame();
  expect(lists.at(-1)?.chats[0]).toMatchObject({ id: "chat", activeMessageId: null });
  await settle(60_000);
  expect(server.count("list")).toBe(1);
});

test("a title set by the server is listed without a refetch", async () => {
  const chat = fakeChat({ id: "chat", title: null });
  server.chats = [fakeChat({ id: "other", updatedAt: "2026-01-02T00:00:00.000Z" }), chat];
  const { useChat, useChatList } = createChatHooks(() => server.client);
  const lists: UseChatListResult[] = [];
  function Page() {
    useChat({ chatId: "chat" });
    lists.push(useChatList());
    return null;
  }
  render(withClient(new QueryClient(), <Page />));
  await settle();
  const titles = () => lists.at(-1)?.chats.map((one) => one.title);
  act(() => server.watch.notice({ type: "chat", chat: { ...chat, title: "Greetings" } }));
  await settle();
  expect(titles()).toEqual(["Title of other", "Greetings"]);
  const updatedAt = "2026-01-03T00:00:00.000Z";
  act(() => server.watch.notice({ type: "chat", chat: { ...chat, title: "Newest", updatedAt } }));
  await settle();
  expect(titles()).toEqual(["Newest", "Title of other"]);
  expect(server.count("list")).toBe(1);
});

test("the list is polled while an answer is in progress in a chat that no hook shows", async () => {
  server.chats = [fakeChat({ id: "a", activeMessageId: "elsewhere" })];
  const page = renderList(server);
  await settle();
  await settle(10_000);
  expect(server.count("list")).toBe(2);
  server.chats = [fakeChat({ id: "a" })];
  await settle(10_000);
  expect(page.list().chats[0]?.activeMessageId).toBeNull();
  await settle(60_000);
  expect(server.count("list")).toBe(3);
});
