import { CircleAlert, CircleStop, Unplug } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import { RetryButton } from "../controls/retry-button.tsx";

interface AnswerEndingProps {
  readonly message: ChatMessage;
  /** Null if the answer cannot be retried. */
  readonly onRetry: ((messageId: string) => void) | null;
}

/** Says why an answer ended early; nothing for a complete answer. */
export function AnswerEnding({ message, onRetry }: AnswerEndingProps) {
  const retry = onRetry === null ? null : <RetryButton onClick={() => onRetry(message.id)} />;
  switch (message.status) {
    case "stopped":
      return (
        <div className="ending">
          <span className="badge">
            <CircleStop aria-hidden /> Stopped
          </span>
          {retry}
        </div>
      );
    case "interrupted":
      return (
        <div className="ending">
          <span className="badge badge-warn">
            <Unplug aria-hidden /> Interrupted
          </span>
          <span className="text-sm text-muted-foreground">
            The server stopped before the answer was finished.
          </span>
          {retry}
        </div>
      );
    case "failed":
      return (
        <div className="ending" role="alert">
          <FailedBadge />
          <span className="text-sm">
            {message.error?.message ?? "The answer couldn’t be completed."}
          </span>
          {retry}
        </div>
      );
    default:
      return null;
  }
}

interface MissingAnswerProps {
  /** The message without an answer. */
  readonly messageId: string;
  /** Null if the reason is no longer known. */
  readonly reason: string | null;
  readonly onRetry: (messageId: string) => void;
}

/** Shown in place of an answer that never started. */
export function MissingAnswer({ messageId, reason, onRetry }: MissingAnswerProps) {
  return (
    <div className="ending" role={reason === null ? undefined : "alert"}>
      {reason === null ? (
        <span className="text-sm text-muted-foreground">This message has no answer.</span>
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

function FailedBadge() {
  return (
    <span className="badge badge-danger">
      <CircleAlert aria-hidden /> Failed
    </span>
  );
}
