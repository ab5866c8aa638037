import { CircleAlert, CircleStop, Unplug } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import { Badge } from "./badge.tsx";
import { RetryButton } from "../controls/retry-button.tsx";
import { EditQuestionButton } from "./edit-question-button.tsx";
import { finishNote } from "./finish-notes.ts";

const endingClass = "flex flex-wrap items-center gap-x-2.5 gap-y-1.5";

interface AnswerEndingProps {
  readonly message: ChatMessage;
  /** Null if the answer cannot be retried. */
  readonly onRetry: ((messageId: string) => void) | null;
}

/** Says why an answer ended early, and what the user can do; nothing for an answer that is whole. */
export function AnswerEnding({ message, onRetry }: AnswerEndingProps) {
  const retry = onRetry === null ? null : <RetryButton onClick={() => onRetry(message.id)} />;
  switch (message.status) {
    case "stopped":
      return (
        <div className={endingClass}>
          <Badge>
            <CircleStop aria-hidden /> Stopped
          </Badge>
          {retry}
        </div>
      );
    case "interrupted":
      return (
        <div className={endingClass}>
          <Badge tone="warning">
            <Unplug aria-hidden /> Interrupted
          </Badge>
          <span className="text-sm text-muted-foreground">
            The server stopped before the answer was finished.
          </span>
          {retry}
        </div>
      );
    case "failed":
      return (
        <div className={endingClass} role="alert">
          <FailedBadge />
          <span className="text-sm">
            {message.error?.message ?? "The answer couldn’t be completed."}
          </span>
          {retry !== null && isFiltered(message.error) && message.parentId !== null ? (
            <EditQuestionButton questionId={message.parentId} />
          ) : (
            retry
          )}
        </div>
      );
    case "complete":
      return <IncompleteAnswer message={message} isNewest={onRetry !== null} />;
    default:
      return null;
  }
}

interface IncompleteAnswerProps {
  readonly message: ChatMessage;
  /** The advice is about the next message, so only the newest answer has it. */
  readonly isNewest: boolean;
}

/** Shown after an answer that the provider ended in another way than by finishing it. */
function IncompleteAnswer({ message, isNewest }: IncompleteAnswerProps) {
  const note = finishNote(message);
  if (note === undefined) return null;
  const { icon: Icon, badge, explanation, advice, canRephrase } = note;
  return (
    <div className={endingClass} data-finish-reason={message.finishReason}>
      <Badge tone="warning">
        <Icon aria-hidden /> {badge}
      </Badge>
      <span className="text-sm text-muted-foreground">
        {explanation} {isNewest && advice}
      </span>
      {isNewest && canRephrase && message.parentId !== null && (
        <EditQuestionButton questionId={message.parentId} />
      )}
    </div>
  );
}

interface MissingAnswerProps {
  /** The message without an answer. */
  readonly messageId: string;
  /** Null if the reason is no longer known. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Null for an earlier question: an answer would be a branch without what came after. */
  readonly onRetry: ((messageId: string) => void) | null;
}

/** Shown in place of an answer that never started. */
export function MissingAnswer({ messageId, error, onRetry }: MissingAnswerProps) {
  return (
    <div
      className={endingClass}
      data-missing-answer
      role={error === null || onRetry === null ? undefined : "alert"}
    >
      {error === null ? (
        <span className="text-sm text-muted-foreground">This message has no answer.</span>
      ) : (
        <>
          <FailedBadge />
          <span className="text-sm">{error.message}</span>
        </>
      )}
      {onRetry !== null &&
        (isFiltered(error) ? (
          <EditQuestionButton questionId={messageId} />
        ) : (
          <RetryButton onClick={() => onRetry(messageId)} />
        ))}
    </div>
  );
}

/** The same question would be filtered again. */
function isFiltered(error: { readonly code: string } | null): boolean {
  return error?.code === "CONTENT_FILTERED";
}

function FailedBadge() {
  return (
    <Badge tone="danger">
      <CircleAlert aria-hidden /> Failed
    </Badge>
  );
}
