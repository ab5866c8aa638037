import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { FakeChatServer } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import { createChatKeys } from "./cache/chat-keys.ts";
import { createChatHooks } from "./create-chat-hooks.ts";

test("renders on a server without a window, and opens no connection there", () => {
  const server = new FakeChatServer();
  const { useChat, useChatList } = createChatHooks(() => server.client);
  const queryClient = new QueryClient();
  const answer = fakeMessage({ id: "answer", status: "streaming", content: "Hi th" });
  queryClient.setQueryData(createChatKeys("chat").key("messages", "infinite", { chatId: "chat" }), {
    pages: [{ items: [answer], nextCursor: null }],
    pageParams: [null],
  });
  function Page() {
    const chat = useChat({ chatId: "chat" });
    const list = useChatList();
    return `${chat.status}: ${chat.messages.map((message) => message.content).join()} ${list.chats.length}`;
  }
  const html = renderToString(
    createElement(QueryClientProvider, { client: queryClient }, createElement(Page)),
  );
  expect(html).toBe("streaming: Hi th 0");
  expect(server.calls).toEqual([]);
  expect(server.streams).toEqual([]);
});
