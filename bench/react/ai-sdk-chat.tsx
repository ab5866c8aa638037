import { useChat } from "@ai-sdk/react";
import type { ChatTransport, UIMessage, UIMessageChunk } from "ai";
import type { BenchChat } from "./page.tsx";
import { historyText, nextTurn, Row, until } from "./page.tsx";

/** What this file uses of the hook's result. */
interface Shown {
  readonly messages: readonly UIMessage[];
  readonly status: string;
  readonly sendMessage: (message: { readonly text: string }) => Promise<void>;
}

/** Renders the AI SDK's `useChat` with an in-memory transport. `throttle` is its own option, in milliseconds. */
export function aiSdkChat(messages: number, throttle?: number): BenchChat {
  const history: UIMessage[] = Array.from({ length: messages }, (_, index) => ({
    id: `m${index}`,
    role: index % 2 === 0 ? "user" : "assistant",
    parts: [{ type: "text", text: historyText(index) }],
  }));
  let controller: ReadableStreamDefaultController<UIMessageChunk> | undefined;
  const transport: ChatTransport<UIMessage> = {
    sendMessages: () =>
      Promise.resolve(
        new ReadableStream<UIMessageChunk>({
          start: (given) => {
            controller = given;
          },
        }),
      ),
    reconnectToStream: () => Promise.resolve(null),
  };
  let chat: Shown | undefined;

  function Chat() {
    chat = useChat({
      messages: history,
      transport,
      ...(throttle !== undefined && { experimental_throttle: throttle }),
    });
    return (
      <ol>
        {chat.messages.map((message) => (
          <Row key={message.id} id={message.id} text={textOf(message)} />
        ))}
      </ol>
    );
  }

  return {
    page: <Chat />,
    async stream(pieces) {
      await until(() => chat?.messages.length === messages);
      void chat?.sendMessage({ text: "Go" });
      await until(() => controller !== undefined);
      controller?.enqueue({ type: "start" });
      controller?.enqueue({ type: "text-start", id: "t" });
      for (const delta of pieces) {
        controller?.enqueue({ type: "text-delta", id: "t", delta });
        await nextTurn();
      }
      controller?.enqueue({ type: "text-end", id: "t" });
      controller?.enqueue({ type: "finish" });
      controller?.close();
      const content = pieces.join("");
      await until(() => {
        const newest = chat?.messages.at(-1);
        return chat?.status === "ready" && newest !== undefined && textOf(newest) === content;
      });
    },
  };
}

function textOf(message: UIMessage): string {
  return message.parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
