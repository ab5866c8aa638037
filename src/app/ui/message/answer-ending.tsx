import { CircleAlert, CircleStop, RotateCcw, Unplug } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";

interface AnswerEndingProps {
  readonly message: ChatMessage;
  /** Makes the answer again; null when that is not offered. */
  readonly onRetry: ((messageId: string) => void) | null;
}

/** Says how an answer ended, when it did not end well. */
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
          <span className="text-sm text-soft">The server ended before the answer did.</span>
          {retry}
        </div>
      );
    case "failed":
      return (
        <div className="ending" role="alert">
          <FailedBadge />
          <span className="text-sm">
            {message.error?.message ?? "The answer could not be completed."}
          </span>
          {retry}
        </div>
      );
    default:
      return null;
  }
}

export function FailedBadge() {
  return (
    <span className="badge badge-danger">
      <CircleAlert aria-hidden /> Failed
    </span>
  );
}

export function RetryButton({ onClick }: { readonly onClick: () => void }) {
  return (
    <button type="button" className="text-button" onClick={onClick}>
      <RotateCcw aria-hidden />
      Retry
    </button>
  );
}
