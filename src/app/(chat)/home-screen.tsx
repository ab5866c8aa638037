"use client";

import { useQueryClient } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import type { ChatSummary } from "node-llm-trpc/react";
import { useCallback } from "react";
import { useTRPC } from "../client/trpc.ts";
import { Conversation } from "../ui/conversation/conversation.tsx";
import { suggestions, welcome } from "./first-words.ts";
import { HomeTranscript, loadTranscript } from "./home-transcript.tsx";

/**
 * The page of a new chat. Its first message only changes the URL. The page is not reloaded, so the
 * message, the answer and the focus stay as they are. What shows messages is loaded when the user begins to type.
 */
export function HomeScreen() {
  const chatId = /^\/chats\/([^/]+)$/.exec(usePathname())?.[1] ?? null;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const onChatCreated = useCallback(
    (chat: ChatSummary) => {
      queryClient.setQueryData(trpc.chat.get.queryKey({ chatId: chat.id }), chat);
      window.history.pushState(null, "", `/chats/${chat.id}`);
    },
    [trpc, queryClient],
  );
  return (
    <Conversation
      chatId={chatId}
      onChatCreated={onChatCreated}
      transcript={HomeTranscript}
      onTyping={preload}
      welcome={welcome}
      suggestions={suggestions}
    />
  );
}

/** A failure shows when the messages are needed, and is tried again then. */
function preload(): void {
  loadTranscript().catch(() => undefined);
}
