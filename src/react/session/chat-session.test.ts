import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeChatServer, FakeServerError } from "../../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../../test/support/fakes/fake-message.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { createChatKeys } from "../cache/chat-keys.ts";
import type { MessageData } from "../cache/message-pages.ts";
import { flattenMessages } from "../cache/message-pages.ts";
import { singlePage } from "../cache/paged-data.ts";
import { routerContext } from "./router-context.ts";

const question = fakeMessage({ id: "question", role: "user", content: "Why?" });
const streaming = fakeMessage({ id: "answer", parentId: "question", status: "streaming" });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A session without React, with these messages in its cache. */
function open(messages: readonly ChatMessage[] = [], chatId = "chat") {
  const server = new FakeChatServer(messages);
  const queryClient = new QueryClient();
  const keys = createChatKeys("chat");
  const queryKey = keys.key("messages", "infinite", { chatId });
  queryClient.setQueryData(queryKey, singlePage({ items: messages, nextCursor: null }));
  const session = routerContext(queryClient, keys, server.client).session(chatId);
  const contents = (): readonly string[] => {
    const data = queryClient.getQueryData<MessageData>(queryKey);
    return data ? flattenMessages(data).map(({ content }) => content) : [];
  };
  return { server, session, contents };
}

test("the first listener opens the watch and the stream, and the last one closes them", () => {
  const { server, session } = open([question, streaming]);
  expect(session.isWatched()).toBe(false);
  const [leave, leaveToo] = [session.subscribe(() => {}), session.subscribe(() => {})];
  expect(session.isWatched()).toBe(true);
  expect([server.watches.length, server.streams.length]).toEqual([1, 1]);
  leave();
  expect([server.watch.isOpen, server.stream.isOpen]).toEqual([true, true]);
  leaveToo();
  expect([server.watch.isOpen, server.stream.isOpen]).toEqual([false, false]);
  expect(session.isWatched()).toBe(false);
});

test("listeners are called when the state changes, and only then", async () => {
  const { server, session } = open([question, streaming]);
  let calls = 0;
  session.subscribe(() => calls++);
  const before = session.getState();
  server.stream.start();
  session.actions.clearError();
  expect(session.getState()).toBe(before);
  expect(calls).toBe(0);
  server.stream.drop();
  expect(session.getState().connection).toBe("reconnecting");
  expect(calls).toBe(1);
});

test("one action runs at a time", async () => {
  const { server, session, contents } = open();
  const respond = server.hold("send");
  const sent = session.send("Hello");
  expect(session.getState().isSubmitting).toBe(true);
  expect(contents()).toEqual(["Hello"]);
  const refused = { ok: false, error: { code: "CONFLICT", retryable: true } };
  expect(await session.send("Again")).toMatchObject(refused);
  expect(await session.actions.regenerate()).toMatchObject(refused);
  expect(await session.actions.selectBranch("other")).toMatchObject(refused);
  respond();
  expect(await sent).toMatchObject({ ok: true });
  expect(session.getState().isSubmitting).toBe(false);
  expect(session.activeMessage()?.id).toBe("answer-1");
});

test("a failed action leaves its error until the next one", async () => {
  const { server, session, contents } = open([question]);
  server.failNext("send", new FakeServerError("TOO_MANY_REQUESTS", "Slow down."));
  expect(await session.send("Hello")).toMatchObject({ ok: false });
  expect(session.getState().error?.message).toBe("Slow down.");
  expect(contents()).toEqual(["Why?"]);
  await session.send("Hello");
  expect(session.getState().error).toBeNull();
});

test("actions on messages that are not loaded are refused without a request", async () => {
  const { server, session } = open();
  const refused = { ok: false, error: { code: "NOT_FOUND" } };
  expect(await session.actions.editMessage("unknown", "Hello")).toMatchObject(refused);
  expect(await session.actions.regenerate()).toMatchObject(refused);
  expect(await session.actions.stop()).toBe(false);
  expect(server.calls).toEqual([]);
});

test("a chat is made with its first message, and only for one that can be sent", async () => {
  const { server, session } = open([], "");
  const opened: (string | undefined)[] = [];
  const send = (message: string) =>
    session.send(message, undefined, {
      newChat: { title: "New" },
      open: ({ chat }) => opened.push(chat?.id),
    });
  expect(await send(" ")).toMatchObject({ ok: false, error: { code: "BAD_REQUEST" } });
  expect(server.calls).toEqual([]);
  expect(await send("Hello")).toMatchObject({ ok: true, chat: { title: "New" } });
  expect(server.inputs("send")).toMatchObject([{ newChat: { title: "New" }, content: "Hello" }]);
  expect(opened).toEqual(["chat-1"]);
});

test("whatever refuses an action is its error, on the server or before it", async () => {
  const { server, session } = open([question]);
  const code = () => session.getState().error?.code;
  await session.send(" ");
  expect(code()).toBe("BAD_REQUEST");
  session.actions.clearError();
  await session.actions.editMessage("unknown", "Hello");
  expect(code()).toBe("NOT_FOUND");
  session.actions.clearError();
  const respond = server.hold("send");
  const sent = session.send("Hello");
  await session.actions.selectBranch("other");
  expect(code()).toBe("CONFLICT");
  respond(new FakeServerError("FORBIDDEN"));
  await sent;
  expect(code()).toBe("FORBIDDEN");
});

/** A tab whose answer was interrupted, and in which another tab starts the next answer. */
function openInterrupted() {
  const opened = open([question, streaming]);
  opened.session.subscribe(() => {});
  const error = { code: "INTERRUPTED", message: "It was interrupted.", retryable: true } as const;
  opened.server.stream.done({ ...streaming, content: "Be", status: "interrupted", error });
  vi.advanceTimersByTime(100);
  expect(opened.session.getState().error?.code).toBe("INTERRUPTED");
  /** What the watch makes the page load. */
  const load = (): void =>
    opened.session.messages.put(
      fakeMessage({ ...streaming, id: "retried", siblingIds: ["answer"] }),
    );
  return { ...opened, load };
}

test("an interruption is over when another tab retries", () => {
  const { session, load } = openInterrupted();
  load();
  expect(session.activeMessage()?.id).toBe("retried");
  expect(session.getState().error).toBeNull();
});

test("what an action of this tab has failed with stays when another tab retries", async () => {
  const { server, session, load } = openInterrupted();
  server.failNext("regenerate", new FakeServerError("TOO_MANY_REQUESTS", "Slow down."));
  await session.actions.regenerate();
  load();
  expect(session.activeMessage()?.id).toBe("retried");
  expect(session.getState().error?.message).toBe("Slow down.");
});
