import type { MessageDraft } from "node-llm-trpc/react";
import { RetryButton } from "./answer-ending.tsx";
import { Attachments } from "./attachments.tsx";
import { TypingIndicator } from "./typing-indicator.tsx";

/** A first message while its chat is being made; it looks like the turn that it becomes. */
export function PendingTurn({ draft }: { readonly draft: MessageDraft }) {
  return (
    <>
      <div className="flex flex-col items-end">
        <Attachments attachments={draft.attachments ?? []} />
        <div className="user-bubble empty:hidden">{draft.content}</div>
        <div className="user-actions" />
      </div>
      <TypingIndicator />
    </>
  );
}

interface NotAnsweredProps {
  readonly messageId: string;
  readonly onRetry: (messageId: string) => void;
}

export function NotAnswered({ messageId, onRetry }: NotAnsweredProps) {
  return (
    <div className="ending">
      <span className="text-sm text-soft">This message has no answer.</span>
      <RetryButton onClick={() => onRetry(messageId)} />
    </div>
  );
}
