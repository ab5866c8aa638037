import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeChatServer } from "../../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Page } from "../../chat/chat-procedures.ts";
import { createChatKeys } from "./chat-keys.ts";
import type { MessageCache } from "./message-cache.ts";
import { createMessageCache } from "./message-cache.ts";
import type { MessageData } from "./message-pages.ts";
import { flattenMessages } from "./message-pages.ts";
import { sharePages } from "./paged-data.ts";

const keys = createChatKeys("chat");
const key = keys.key("messages", "infinite", { chatId: "chat" });
const question = fakeMessage({ id: "question", role: "user", content: "Why?" });
const answer = fakeMessage({ id: "answer", status: "streaming", content: "Beca" });

let queryClient: QueryClient;
let cache: MessageCache;
let server: FakeChatServer;
let observer: InfiniteQueryObserver<
  Page<ChatMessage>,
  Error,
  MessageData,
  readonly unknown[],
  string | null
>;
let stop: () => void;

beforeEach(async () => {
  server = new FakeChatServer([question]);
  queryClient = new QueryClient();
  cache = createMessageCache({ queryClient }, key);
  observer = new InfiniteQueryObserver(queryClient, {
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
    structuralSharing: sharePages,
    queryKey: key,
    queryFn: async ({ pageParam }) =>
      await server.client.messages.query({ chatId: "chat", cursor: pageParam }),
  });
  const unsubscribeCache = cache.subscribe(
    () => {},
    () => {},
  );
  const unsubscribe = observer.subscribe(() => {});
  stop = () => {
    unsubscribeCache();
    unsubscribe();
    queryClient.clear();
  };
  await observer.refetch();
});

afterEach(() => stop());

function contents(): readonly string[] {
  const data = queryClient.getQueryData<MessageData>(key);
  return data === undefined ? [] : flattenMessages(data).map((message) => message.content);
}

test("an outdated refetch does not shorten the text", async () => {
  cache.put(answer);
  server.messages = [question, answer];
  cache.update({ ...answer, content: "Because of this" });
  await observer.refetch();
  expect(contents()).toEqual(["Why?", "Because of this"]);
});

test("a more recent refetch wins, and the stream does not revert it", async () => {
  cache.put(answer);
  server.messages = [question, { ...answer, content: "Because of this" }];
  await observer.refetch();
  cache.update({ ...answer, content: "Becau" });
  expect(contents()).toEqual(["Why?", "Because of this"]);
});

test("a refetch from before the end does not restore the streaming state", async () => {
  cache.put(answer);
  server.messages = [question, answer];
  const answerIt = server.hold("messages");
  const refetched = observer.refetch();
  cache.update({ ...answer, status: "complete", content: "Because." });
  answerIt();
  await refetched;
  expect(cache.newest()?.status).toBe("complete");
  expect(contents()).toEqual(["Why?", "Because."]);
});

test("a refetch from before a message was sent does not remove the message", async () => {
  const answerIt = server.hold("messages");
  const refetched = observer.refetch();
  cache.add(fakeMessage({ id: "mine", role: "user", content: "And how?" }));
  cache.put(fakeMessage({ id: "mine", role: "user", content: "And how?", parentId: "question" }));
  cache.put(answer);
  answerIt();
  await refetched;
  expect(contents()).toEqual(["Why?", "And how?", "Beca"]);
});

test("a message that is being sent survives a refetch that starts meanwhile", async () => {
  cache.add(fakeMessage({ id: "mine", role: "user", content: "And how?" }));
  await observer.refetch();
  expect(contents()).toEqual(["Why?", "And how?"]);
});

test("a refetch from before a rollback does not restore the message", async () => {
  const undo = cache.add(fakeMessage({ id: "mine", role: "user", content: "Oops" }));
  const answerIt = server.hold("messages");
  const refetched = observer.fetchNextPage();
  undo();
  answerIt();
  await refetched;
  expect(contents()).toEqual(["Why?"]);
});

test("a message that a later refetch lacks is removed", async () => {
  cache.put(answer);
  await observer.refetch();
  expect(contents()).toEqual(["Why?"]);
});

test("an older page requested before the text grew does not shorten it", async () => {
  server.pageSize = 1;
  server.messages = [question, answer];
  await observer.refetch();
  const answerIt = server.hold("messages");
  const older = observer.fetchNextPage();
  cache.update({ ...answer, content: "Because" });
  answerIt();
  await older;
  expect(contents()).toEqual(["Why?", "Because"]);
});

test("an outdated hydrated state neither shortens nor removes anything", () => {
  cache.put(answer);
  cache.update({ ...answer, content: "Because" });
  const [query] = queryClient.getQueryCache().findAll({ queryKey: key });
  const old: MessageData = {
    pages: [{ items: [question, answer], nextCursor: null }],
    pageParams: [null],
  };
  query?.setState({ data: old, dataUpdatedAt: Date.now() + 5_000 });
  expect(contents()).toEqual(["Why?", "Because"]);
  query?.setState({ data: { ...old, pages: [{ items: [question], nextCursor: null }] } });
  expect(contents()).toEqual(["Why?", "Because"]);
});

test("an edit removes what follows from all pages, and a rollback restores it", async () => {
  server.pageSize = 2;
  server.messages = ["a", "b", "c", "d", "e"].map((id) =>
    fakeMessage({ id, role: "user", content: id }),
  );
  await observer.refetch();
  await observer.fetchNextPage();
  expect(contents()).toEqual(["b", "c", "d", "e"]);
  const undo = cache.add(
    fakeMessage({ id: "c2", role: "user", content: "c2", siblingIds: ["c", "c2"] }),
  );
  expect(contents()).toEqual(["b", "c2"]);
  undo();
  expect(contents()).toEqual(["b", "c", "d", "e"]);
  await observer.refetch();
  expect(contents()).toEqual(["b", "c", "d", "e"]);
});

test("a message keeps its identity when a refetch moves it to another index", async () => {
  server.pageSize = 3;
  server.messages = ["a", "b", "c"].map((id) => fakeMessage({ id, content: id }));
  await observer.refetch();
  const before = cache.find("c");
  server.messages = [...server.messages.map((one) => ({ ...one })), fakeMessage({ id: "d" })];
  await observer.refetch();
  expect(contents()).toEqual(["b", "c", ""]);
  expect(cache.find("c")).toBe(before);
});

test("only the changed message and its page get a new identity", async () => {
  server.pageSize = 2;
  server.messages = [fakeMessage({ id: "a" }), fakeMessage({ id: "b" }), question, answer];
  await observer.refetch();
  await observer.fetchNextPage();
  const before = queryClient.getQueryData<MessageData>(key);
  cache.update({ ...answer, content: "Because" });
  const after = queryClient.getQueryData<MessageData>(key);
  expect(after?.pages[0]).not.toBe(before?.pages[0]);
  expect(after?.pages[0]?.items[0]).toBe(before?.pages[0]?.items[0]);
  expect(after?.pages[1]).toBe(before?.pages[1]);
});

test("all page sizes of the chat are updated, and no other chat", () => {
  const small = keys.key("messages", "infinite", { chatId: "chat", limit: 5 });
  const other = keys.key("messages", "infinite", { chatId: "chat-2" });
  const data: MessageData = { pages: [{ items: [], nextCursor: null }], pageParams: [null] };
  queryClient.setQueryData(small, data);
  queryClient.setQueryData(other, data);
  cache.put(answer);
  expect(queryClient.getQueryData<MessageData>(small)?.pages[0]?.items).toHaveLength(1);
  expect(queryClient.getQueryData(other)).toEqual(data);
});
