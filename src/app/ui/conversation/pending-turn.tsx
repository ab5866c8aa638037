import type { MessageDraft } from "node-llm-trpc/react";
import { MessageAttachments } from "../attachments/message-attachments.tsx";
import { TypingIndicator } from "../message/typing-indicator.tsx";
import { UserBubble } from "../message/user-bubble.tsx";

/** The first message of a chat while what shows messages is still being loaded. It looks like the stored turn. */
export function PendingTurn({
  draft,
}: {
  readonly draft: Pick<MessageDraft, "content" | "attachments">;
}) {
  return (
    <>
      <div className="flex flex-col items-end">
        <MessageAttachments attachments={draft.attachments ?? []} />
        <UserBubble text={draft.content} isNew />
        <div className="mt-0.5 -mb-5 min-h-7 pointer-coarse:-mb-3" />
      </div>
      <TypingIndicator />
    </>
  );
}
