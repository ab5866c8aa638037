import { QueryClient } from "@tanstack/react-query";
import { beforeEach, expect, test } from "vitest";
import { fakeChat, FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import { createChatKeys } from "./chat-keys.ts";
import type { ChatListCache } from "./chat-list-cache.ts";
import { createChatListCache } from "./chat-list-cache.ts";
import type { PagedData } from "./paged-data.ts";
import { singlePage } from "./paged-data.ts";

const { key } = createChatKeys("chat");
const all = key("list", "infinite", {});
const search = key("list", "infinite", { search: "b" });
const plain = key("list", "query", {});
const one = key("get", "query", { chatId: "b" });

let queryClient: QueryClient;
let lists: ChatListCache;

beforeEach(() => {
  queryClient = new QueryClient();
  lists = createChatListCache({ queryClient }, createChatKeys("chat"));
  const [a, b] = [fakeChat({ id: "a", updatedAt: "2026-01-02" }), fakeChat({ id: "b" })];
  queryClient.setQueryData(all, singlePage({ items: [a, b], nextCursor: null }));
  queryClient.setQueryData(search, singlePage({ items: [b], nextCursor: null }));
  queryClient.setQueryData(plain, { items: [a, b], nextCursor: null });
  queryClient.setQueryData(one, b);
});

function listed(queryKey: readonly unknown[] = all): readonly ChatSummary[] {
  const data = queryClient.getQueryData<PagedData<ChatSummary>>(queryKey);
  return data?.pages.flatMap(({ items }) => items) ?? [];
}

function ids(queryKey?: readonly unknown[]): readonly string[] {
  return listed(queryKey).map(({ id }) => id);
}

test("a patch reaches every infinite list and `get`, and invalidates all other lists", () => {
  lists.patch("b", { title: "New" });
  expect(listed()[1]?.title).toBe("New");
  expect(listed(search)[0]?.title).toBe("New");
  expect(queryClient.getQueryData<ChatSummary>(one)?.title).toBe("New");
  expect(queryClient.getQueryState(plain)?.isInvalidated).toBe(true);
  expect(queryClient.getQueryState(all)?.isInvalidated).toBe(false);
});

test("a null patch removes the chat from the lists", () => {
  lists.patch("b", null);
  expect(ids()).toEqual(["a"]);
  expect(ids(search)).toEqual([]);
});

test("a new chat comes first, except in searches", () => {
  lists.add(fakeChat({ id: "c" }));
  expect(ids()).toEqual(["c", "a", "b"]);
  expect(ids(search)).toEqual(["b"]);
});

test("an updated chat moves to the top only when it is the newest", () => {
  lists.update(fakeChat({ id: "b", title: "Older", updatedAt: "2026-01-01" }));
  expect(ids()).toEqual(["a", "b"]);
  lists.update(fakeChat({ id: "b", title: "Newer", updatedAt: "2026-01-03" }));
  expect(ids()).toEqual(["b", "a"]);
  expect(listed()[0]?.title).toBe("Newer");
  lists.update(fakeChat({ id: "unknown", updatedAt: "2026-01-04" }));
  expect(ids()).toEqual(["b", "a"]);
});

test("a mutation is shown during the request and rolled back when it rejects", async () => {
  const before = listed();
  const error = new FakeServerError("CONFLICT");
  let respond: (error: Error) => void = () => {};
  const request = new Promise<never>((_resolve, reject) => {
    respond = reject;
  });
  const mutation = lists.mutate("b", { title: "New" }, () => request);
  expect(listed()[1]?.title).toBe("New");
  respond(error);
  await expect(mutation).rejects.toBe(error);
  expect(listed()).toEqual(before);
  expect(queryClient.getQueryData<ChatSummary>(one)?.title).toBe("Title of b");
});

test("a mutation refetches the lists when it has succeeded", async () => {
  await expect(lists.mutate("b", null, async () => "deleted")).resolves.toBe("deleted");
  expect(ids()).toEqual(["a"]);
  expect(queryClient.getQueryState(all)?.isInvalidated).toBe(true);
});
