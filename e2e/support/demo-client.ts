import type { TRPCClient } from "@trpc/client";
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from "@trpc/client";
import { EventSource } from "eventsource";

import type { AppRouter } from "../../src/app/server/router.ts";
import { applyEvent } from "../../src/chat/apply-event.ts";
import type { ChatMessage } from "../../src/chat/chat-message.ts";

/** Creates a client for a demo server that works without a browser. */
export function createDemoClient(url: string): TRPCClient<AppRouter> {
  const endpoint = `${url}/api/trpc`;
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === "subscription",
        true: httpSubscriptionLink({ url: endpoint, EventSource }),
        false: httpLink({ url: endpoint }),
      }),
    ],
  });
}

/** An answer as one reader receives it. */
export interface ReadAnswer {
  readonly message: () => ChatMessage | null;
  /** The length of the text after each event. */
  readonly lengths: readonly number[];
  /** Resolves to the message of the `done` event. */
  readonly done: Promise<ChatMessage>;
}

export function readAnswer(client: TRPCClient<AppRouter>, messageId: string): ReadAnswer {
  let message: ChatMessage | null = null;
  const lengths: number[] = [];
  const done = new Promise<ChatMessage>((resolve) => {
    client.chat.stream.subscribe(
      { messageId },
      {
        onData: ({ data }) => {
          if (data.type === "snapshot" || data.type === "done") message = data.message;
          else if (message !== null) message = applyEvent(message, data);
          lengths.push(message?.content.length ?? 0);
          if (data.type === "done") resolve(data.message);
        },
      },
    );
  });
  return { message: () => message, lengths, done };
}

/** Asks the offline model a question in a new chat. */
export async function askQuestion(
  client: TRPCClient<AppRouter>,
): Promise<{ readonly chatId: string; readonly messageId: string }> {
  const { id: chatId } = await client.chat.create.mutate({});
  const content = "How do I stop an answer?";
  const { assistantMessage } = await client.chat.send.mutate({ chatId, content });
  return { chatId, messageId: assistantMessage.id };
}
