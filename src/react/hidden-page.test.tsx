import { cleanup } from "@testing-library/react";
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
import type { ChatPage } from "../../test/support/clients/render-chat.tsx";
import type { UseChatOptions } from "./use-chat.ts";

// React's <Activity>, as Next.js has it with `cacheComponents`: a page that was left is hidden and keeps its state,
// and its effects run anew when it is shown again.

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const hello = fakeMessage({ id: "hello", role: "user", content: "Hello" });
const answered = fakeMessage({ id: "answer", parentId: "hello", content: "Hi there" });
const streaming = fakeMessage({ id: "answer", parentId: "hello", status: "streaming" });

async function hideAndShow(page: ChatPage, options: UseChatOptions): Promise<void> {
  for (let time = 0; time < 3; time++) {
    page.hide();
    await settle();
    page.show(options);
    await settle();
  }
}

test("a page of new chats that was left for its chat begins another one when it is shown again", async () => {
  const server = new FakeChatServer();
  const created: string[] = [];
  const options: UseChatOptions = {
    chatId: null,
    onChatCreated: ({ id }) => {
      created.push(id);
    },
  };
  const page = renderChat(server, options);
  await settle();
  await perform(() => page.chat().sendMessage("Hello"));
  expect(page.chat().chatId).toBe("chat-1");
  page.hide();
  await settle();
  page.show(options);
  await settle();
  expect(page.chat()).toMatchObject({ chatId: null, messages: [], status: "ready" });
  expect(created).toEqual(["chat-1"]);
  await perform(() => page.chat().sendMessage("Hello again"));
  expect(server.inputs("send")).toMatchObject([{ newChat: {} }, { newChat: {} }]);
  expect(created).toHaveLength(2);
});

test("a page that keeps its new chat to itself still has it when it is shown again", async () => {
  const server = new FakeChatServer();
  const page = renderChat(server, { chatId: null });
  await settle();
  await perform(() => page.chat().sendMessage("Hello"));
  page.hide();
  await settle();
  page.show({ chatId: null });
  await settle();
  expect(page.chat().chatId).toBe("chat-1");
  expect(texts(page.chat().messages)).toEqual(["Hello", ""]);
});

test("tells of an answer's end once, however often the page is hidden", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const options = { onFinish: vi.fn<NonNullable<UseChatOptions["onFinish"]>>() };
  const page = renderChat(server, options);
  await settle();
  server.stream.done({ ...streaming, content: "Hi there", status: "complete" });
  await drawFrame();
  await hideAndShow(page, options);
  expect(options.onFinish).toHaveBeenCalledTimes(1);
});

test("tells of an error once, however often the page is hidden", async () => {
  const server = new FakeChatServer([hello, answered]);
  server.pageSize = 1;
  const options = { onError: vi.fn<NonNullable<UseChatOptions["onError"]>>() };
  const page = renderChat(server, options);
  await settle();
  server.failNext("messages", new FakeServerError("FORBIDDEN"));
  await perform(() => page.chat().loadOlder());
  expect(page.chat().error?.code).toBe("FORBIDDEN");
  await hideAndShow(page, options);
  expect(options.onError).toHaveBeenCalledTimes(1);
});

test("an answer goes on where it is when the page is shown again", async () => {
  const server = new FakeChatServer([hello, streaming]);
  const page = renderChat(server);
  await settle();
  server.stream.text(0, "Hi");
  await drawFrame();
  page.hide();
  await settle();
  page.show({});
  await settle();
  server.stream.text(2, " there");
  await drawFrame();
  expect(texts(page.chat().messages)).toEqual(["Hello", "Hi there"]);
});
