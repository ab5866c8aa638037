import { useEffect } from "react";
import { useChatList } from "../app/chat-app.ts";

/** Returns the chat's title, or its first words until it has one, and uses it as the document's title. */
export function useChatTitle(
  chatId: string | null,
  loaded: string | null,
  firstWords: string | undefined,
): string {
  // The list learns of a title first, because the server titles a chat after its first turn.
  const { chats } = useChatList();
  const known = chats.find((chat) => chat.id === chatId)?.title ?? loaded;
  const title = known ?? (firstWords || "New chat");
  useEffect(() => {
    document.title = chatId === null ? "node-llm-trpc" : `${title} · node-llm-trpc`;
  }, [chatId, title]);
  return title;
}
