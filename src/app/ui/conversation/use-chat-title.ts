import type { UseChatResult } from "node-llm-trpc/react";
import { useEffect } from "react";
import { useChatList } from "../../client/chat-hooks.ts";

/** The chat's title, which is also the document's. Until the chat has one, its first words stand for it. */
export function useChatTitle(
  chatId: string | null,
  loaded: string | null,
  { messages, hasOlder }: UseChatResult,
): string {
  // The list hears of a title first: the server names a chat after its first turn.
  const { chats } = useChatList();
  const known = chats.find((chat) => chat.id === chatId)?.title ?? loaded;
  const first = hasOlder ? undefined : messages[0]?.content.trim().split("\n", 1)[0];
  const title = known ?? (first || "New chat");
  useEffect(() => {
    document.title = chatId === null ? "node-llm-trpc" : `${title} · node-llm-trpc`;
  }, [chatId, title]);
  return title;
}
