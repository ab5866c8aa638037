import type { MessageDraft } from "node-llm-trpc/react";
import { MessageAttachments } from "../message/message-attachments.tsx";
import { TypingIndicator } from "../message/typing-indicator.tsx";

/** The first message of a chat that is still being created. It looks like the stored turn. */
export function PendingTurn({ draft }: { readonly draft: MessageDraft }) {
  return (
    <>
      <div className="flex flex-col items-end">
        <MessageAttachments attachments={draft.attachments ?? []} />
        <div className="user-bubble empty:hidden">{draft.content}</div>
        <div className="user-actions" />
      </div>
      <TypingIndicator />
    </>
  );
}
