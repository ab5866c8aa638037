"use client";

import { usePathname } from "next/navigation";
import type { ChatSummary } from "node-llm-trpc/react";
import { useCallback } from "react";
import { trpc } from "../../client/trpc.ts";
import { Conversation } from "./conversation.tsx";

/**
 * The page of a new chat. Its first message only changes the URL. The page is not reloaded, so the
 * message, the answer and the focus stay as they are.
 */
export function HomeScreen() {
  const chatId = /^\/chats\/([^/]+)$/.exec(usePathname())?.[1] ?? null;
  const utils = trpc.useUtils();
  const onChatCreated = useCallback(
    (chat: ChatSummary) => {
      utils.chat.get.setData({ chatId: chat.id }, chat);
      window.history.pushState(null, "", `/chats/${chat.id}`);
    },
    [utils],
  );
  return <Conversation chatId={chatId} onChatCreated={onChatCreated} />;
}
