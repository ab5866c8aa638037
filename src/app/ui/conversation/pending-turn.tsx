import type { MessageDraft } from "node-llm-trpc/react";
import { FailedBadge, RetryButton } from "../message/answer-ending.tsx";
import { Attachments } from "../message/attachments.tsx";
import { TypingIndicator } from "../message/typing-indicator.tsx";

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
  /** Why; null when that is not known any more. */
  readonly reason: string | null;
  readonly onRetry: (messageId: string) => void;
}

/** Stands in the place of an answer that did not begin. */
export function NotAnswered({ messageId, reason, onRetry }: NotAnsweredProps) {
  return (
    <div className="ending" role={reason === null ? undefined : "alert"}>
      {reason === null ? (
        <span className="text-sm text-soft">This message has no answer.</span>
      ) : (
        <>
          <FailedBadge />
          <span className="text-sm">{reason}</span>
        </>
      )}
      <RetryButton onClick={() => onRetry(messageId)} />
    </div>
  );
}
