"use client";

import type { ChatMessage } from "node-llm-trpc/react";
import { memo } from "react";
import { AnswerContent } from "./answer-content.tsx";
import { AnswerEnding } from "./answer-ending.tsx";
import { AnswerFooter } from "./answer-footer.tsx";
import { TypingIndicator } from "./typing-indicator.tsx";
import { UserMessage } from "./user-message.tsx";

interface MessageRowProps {
  readonly message: ChatMessage;
  /** The newest message is the one that can be made again. */
  readonly isNewest: boolean;
  readonly onRegenerate: (messageId: string) => void;
  /** What the editor begins with; null when the message is not being edited. */
  readonly editText: string | null;
}

/** One message. Memoised: while an answer streams, only its own row renders. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, editText } = props;
  return message.role === "user" ? (
    <UserMessage message={message} editText={editText} />
  ) : (
    <Answer {...props} />
  );
});

function Answer({ message, isNewest, onRegenerate }: MessageRowProps) {
  const isGrowing = message.status === "pending" || message.status === "streaming";
  return (
    <article
      aria-label="Answer"
      aria-busy={isGrowing}
      className="group flex flex-col gap-3"
      data-message-id={message.id}
      data-role={message.role}
      data-status={message.status}
    >
      <AnswerContent message={message} isGrowing={isGrowing} />
      {isGrowing && !isWriting(message) && <TypingIndicator />}
      <AnswerEnding message={message} onRetry={isNewest ? onRegenerate : null} />
      {!isGrowing && message.status !== "awaiting_approval" && (
        <AnswerFooter message={message} isNewest={isNewest} onRegenerate={onRegenerate} />
      )}
    </article>
  );
}

/** True while the end of the answer is text: that moves by itself. */
function isWriting(message: ChatMessage): boolean {
  const last = message.parts.at(-1);
  return last === undefined ? message.content !== "" : last.type === "text";
}
