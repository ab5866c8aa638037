import { CircleAlert, CircleStop, Unplug } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import { RetryButton } from "../controls/retry-button.tsx";
import { EditQuestionButton } from "./edit-question-button.tsx";
import { finishNote } from "./finish-notes.ts";

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
    <div className="ending" data-finish-reason={message.finishReason}>
      <span className="badge badge-warn">
        <Icon aria-hidden /> {badge}
      </span>
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
  readonly onRetry: (messageId: string) => void;
}

/** Shown in place of an answer that never started. */
export function MissingAnswer({ messageId, error, onRetry }: MissingAnswerProps) {
  return (
    <div className="ending" role={error === null ? undefined : "alert"}>
      {error === null ? (
        <span className="text-sm text-muted-foreground">This message has no answer.</span>
      ) : (
        <>
          <FailedBadge />
          <span className="text-sm">{error.message}</span>
        </>
      )}
      {isFiltered(error) ? (
        <EditQuestionButton questionId={messageId} />
      ) : (
        <RetryButton onClick={() => onRetry(messageId)} />
      )}
    </div>
  );
}

/** The same question would be filtered again. */
function isFiltered(error: { readonly code: string } | null): boolean {
  return error?.code === "CONTENT_FILTERED";
}

function FailedBadge() {
  return (
    <span className="badge badge-danger">
      <CircleAlert aria-hidden /> Failed
    </span>
  );
}
