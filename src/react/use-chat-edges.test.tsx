import { dehydrate, hydrate, keepPreviousData, QueryClient } from "@tanstack/react-query";
import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  drawFrame,
  perform,
  renderChat,
  settle,
  texts,
} from "../../test/support/clients/render-chat.tsx";
import { FakeChatServer, FakeServerError } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });
const streaming = fakeMessage({
  id: "answer",
  parentId: "hello",
  status: "streaming",
  content: "Hi",
});
const whole = fakeMessage({ ...streaming, status: "complete", content: "Hi there" });

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("a session that expired while the connection was broken is renewed without a reload", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  act(() => {
    server.stream.text(2, " th");
    server.watch.notice({ type: "created", messageId: "answer" });
    server.stream.drop();
    server.watch.drop();
  });
  await settle(50);
  for (let refusals = 0; refusals < 10; refusals++) {
    for (const subscription of [server.stream, server.watch]) {
      if (subscription.isOpen) act(() => subscription.fail(new FakeServerError("UNAUTHORIZED")));
    }
    await settle(2_000);
  }
  expect(page.chat()).toMatchObject({ connection: "reconnecting", error: null });
  await settle(5_000);
  act(() => server.stream.text(5, "ere"));
  await drawFrame();
  expect(page.chat()).toMatchObject({ connection: "live", status: "streaming" });
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
  expect(server.watch.isOpen).toBe(true);
});

test.each([
  ["while it is watched", (server: FakeChatServer) => server.watch.notice({ type: "chatDeleted" })],
  [
    "while the page slept",
    (server: FakeChatServer) => server.watch.fail(new FakeServerError("NOT_FOUND", "Not found.")),
  ],
])("a chat that is deleted elsewhere %s is an error that stays", async (_name, remove) => {
  const server = new FakeChatServer([hello, whole]);
  const page = renderChat(server);
  await settle();
  expect(page.chat().status).toBe("ready");
  act(() => remove(server));
  expect(page.chat()).toMatchObject({ status: "error", error: { code: "NOT_FOUND" } });
  const before = page.statuses.length;
  act(() => page.chat().clearError());
  server.failNext("send", new FakeServerError("NOT_FOUND"));
  await perform(() => page.chat().sendMessage("Are you there?"));
  act(() => page.chat().clearError());
  expect(page.chat()).toMatchObject({ status: "error", error: { code: "NOT_FOUND" } });
  expect(page.statuses.slice(before)).not.toContain("ready");
});

test("no chat shows the messages of another, even if the app keeps previous data by default", async () => {
  const server = new FakeChatServer([hello, whole]);
  const queryClient = new QueryClient({
    defaultOptions: { queries: { placeholderData: keepPreviousData } },
  });
  const page = renderChat(server, { queryClient });
  await settle();
  expect(page.chat().messages).toHaveLength(2);
  server.hold("messages");
  page.show({ chatId: "other" });
  await settle();
  expect(page.chat()).toMatchObject({ chatId: "other", messages: [], isLoading: true });
});

test("a text does not shrink when older data is hydrated, whatever the server's clock says", async () => {
  const clock = Date.now() + 3_600_000;
  for (const now of [streaming, whole]) {
    const server = new FakeChatServer([hello, now]);
    const page = renderChat(server);
    await settle();
    if (now === streaming) act(() => server.stream.text(2, " there"));
    await drawFrame();
    // A refetch confirms what the page has.
    server.messages = [hello, { ...now, content: "Hi there" }];
    await act(async () => await page.queryClient.refetchQueries());
    expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
    const state = dehydrate(page.queryClient);
    for (const query of state.queries) {
      query.state.dataUpdatedAt = clock;
      query.state.data = {
        pages: [{ items: [hello, { ...streaming, content: "H" }], nextCursor: null }],
        pageParams: [null],
      };
    }
    act(() => hydrate(page.queryClient, state));
    await drawFrame();
    expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
    expect(page.chat().status).toBe(now === whole ? "ready" : "streaming");
    page.unmount();
  }
});

test("an answer goes on after the cache was cleared", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  act(() => server.stream.text(2, " th"));
  await drawFrame();
  act(() => page.queryClient.clear());
  await settle(50);
  expect(page.chat().messages).toHaveLength(2);
  act(() => server.stream.text(2, " there"));
  await drawFrame();
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
  server.messages = [hello, whole];
  act(() => server.stream.done(whole));
  await drawFrame();
  expect(page.chat()).toMatchObject({ status: "ready", error: null });
});

test("an error is returned, even if the app's queries throw by default", async () => {
  const server = new FakeChatServer([hello]);
  server.failNext("messages", new FakeServerError("FORBIDDEN", "No."));
  const queryClient = new QueryClient({ defaultOptions: { queries: { throwOnError: true } } });
  const page = renderChat(server, { queryClient });
  await settle();
  expect(page.chat()).toMatchObject({ status: "error", error: { code: "FORBIDDEN" } });
});

test("every call has the input of the app's own base procedure, and every input has its own entries", async () => {
  const server = new FakeChatServer([hello]);
  let workspace = "a";
  const page = renderChat(server, { input: () => ({ workspaceId: workspace }) });
  await settle();
  await perform(() => page.chat().sendMessage("And?"));
  act(() => server.stream.done(fakeMessage({ ...streaming, id: "answer-1", status: "complete" })));
  await drawFrame();
  await perform(() => page.chat().regenerate());
  await perform(() => page.chat().stop());
  expect(server.calls.length).toBeGreaterThan(3);
  const inputs = [...server.calls, ...server.streams, ...server.watches].map(({ input }) => input);
  for (const input of inputs) expect(input).toMatchObject({ workspaceId: "a" });
  server.messages = [];
  workspace = "b";
  page.show({});
  await settle();
  expect(page.chat().messages).toEqual([]);
  expect(server.watch.input).toMatchObject({ workspaceId: "b" });
  expect(
    page.queryClient
      .getQueryCache()
      .getAll()
      .map(({ queryKey }) => queryKey),
  ).toEqual(
    ["a", "b"].map((workspaceId) => [
      ["chat", "messages"],
      { input: { workspaceId, chatId: "chat" }, type: "infinite" },
    ]),
  );
});
