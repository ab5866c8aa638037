"use client";

import { Conversation } from "../ui/conversation/conversation.tsx";
import { Transcript } from "../ui/conversation/transcript.tsx";
import { suggestions, welcome } from "./first-words.ts";

/** The page of a chat. */
export function ChatScreen({ chatId }: { readonly chatId: string }) {
  return (
    <Conversation
      chatId={chatId}
      transcript={Transcript}
      welcome={welcome}
      suggestions={suggestions}
    />
  );
}
