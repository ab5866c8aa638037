import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ChatMessage } from "../../src/chat/chat-message.ts";
import type { ChatClient, StreamHandlers } from "../../src/react/connection/chat-client.ts";
import { createChatHooks } from "../../src/react/create-chat-hooks.ts";
import type { UseChatResult } from "../../src/react/use-chat.ts";
import { FakeChatServer } from "../../test/support/fakes/fake-chat-server.ts";
import { fakeMessage } from "../../test/support/fakes/fake-message.ts";
import type { BenchChat } from "./page.tsx";
import { historyText, nextTurn, Row, until } from "./page.tsx";

/** Renders this package's `useChat` with an in-memory server. */
export function ownChat(messages: number): BenchChat {
  const server = new FakeChatServer(
    Array.from({ length: messages }, (_, index) =>
      fakeMessage({
        id: `m${index}`,
        role: index % 2 === 0 ? "user" : "assistant",
        content: historyText(index),
      }),
    ),
  );
  server.pageSize = messages;
  let handlers: StreamHandlers | undefined;
  const client: ChatClient = {
    ...server.client,
    stream: {
      subscribe: (_input, given) => {
        handlers = given;
        return { unsubscribe: () => undefined };
      },
    },
  };
  const { useChat } = createChatHooks(() => client);
  let chat: UseChatResult | undefined;

  function Chat() {
    chat = useChat({ chatId: "chat" });
    return (
      <ol>
        {chat.messages.map((message) => (
          <Row key={message.id} id={message.id} text={message.content} />
        ))}
      </ol>
    );
  }

  return {
    page: (
      <QueryClientProvider client={new QueryClient()}>
        <Chat />
      </QueryClientProvider>
    ),
    async stream(pieces) {
      await until(() => chat?.messages.length === messages);
      await chat?.sendMessage("Go");
      await until(() => handlers !== undefined);
      const last = (): ChatMessage | undefined => chat?.messages.at(-1);
      let at = 0;
      for (const text of pieces) {
        handlers?.onData({ id: `${at}.0.0`, data: { type: "text", at, text } });
        at += text.length;
        await nextTurn();
      }
      const content = pieces.join("");
      const message = fakeMessage({ id: last()?.id ?? "", content });
      handlers?.onData({ id: "end", data: { type: "done", message } });
      await until(() => last()?.status === "complete" && last()?.content === content);
    },
  };
}
