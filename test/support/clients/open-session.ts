import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { afterEach } from "vitest";

import type { ChatMessage } from "node-llm-trpc/react";
import type { Page } from "../../../src/chat/chat-procedures.ts";
import type { ChatClient } from "../../../src/react/connection/chat-client.ts";
import { createChatKeys } from "../../../src/react/cache/chat-keys.ts";
import { routerContext } from "../../../src/react/session/router-context.ts";
import type { ChatSession } from "../../../src/react/session/chat-session.ts";
import type { MessageData } from "../../../src/react/cache/message-pages.ts";
import { flattenMessages } from "../../../src/react/cache/message-pages.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A tab that works like `useChat`, without React. */
export interface OpenSession {
  readonly session: ChatSession;
  messages(): readonly ChatMessage[];
  newest(): ChatMessage | undefined;
  /** Each text that the newest answer has shown. */
  readonly texts: readonly string[];
  /** Each state of the answer's connection. */
  readonly connections: readonly string[];
}

/** Opens a chat in a new tab, until the test ends. */
export async function openSession(client: ChatClient, chatId: string): Promise<OpenSession> {
  const queryClient = new QueryClient();
  const keys = createChatKeys("chat");
  const queryKey = keys.key("messages", "infinite", { chatId });
  const session = routerContext(queryClient, keys, client).session(chatId);
  const observer = new InfiniteQueryObserver<
    Page<ChatMessage>,
    Error,
    MessageData,
    readonly unknown[],
    string | null
  >(queryClient, {
    queryKey,
    queryFn: async ({ pageParam }) => await client.messages.query({ chatId, cursor: pageParam }),
    initialPageParam: null,
    getNextPageParam: (page) => page.nextCursor,
  });
  const messages = (): readonly ChatMessage[] => {
    const data = queryClient.getQueryData<MessageData>(queryKey);
    return data === undefined ? [] : flattenMessages(data);
  };
  const texts: string[] = [];
  const connections: string[] = [];
  const stopObserving = observer.subscribe(() => {
    const newest = messages().at(-1);
    if (newest?.role !== "assistant" || texts.at(-1) === newest.content) return;
    texts.push(newest.content);
  });
  const stopListening = session.subscribe(() => {
    const { connection } = session.getState();
    if (connections.at(-1) !== connection) connections.push(connection);
  });
  closing.push(stopObserving, stopListening, () => queryClient.clear());
  await observer.refetch();
  return { session, messages, newest: () => messages().at(-1), texts, connections };
}
