import { RetryButton } from "./answer-ending.tsx";
import { TypingIndicator } from "./typing-indicator.tsx";

/** A first message while its chat is being made; it looks like the turn that it becomes. */
export function PendingTurn({ text }: { readonly text: string }) {
  return (
    <>
      <div className="flex flex-col items-end">
        <div className="user-bubble">{text}</div>
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
