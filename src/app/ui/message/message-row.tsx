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
  /** Only the newest message can be regenerated. */
  readonly isNewest: boolean;
  readonly onRegenerate: (messageId: string) => void;
  /** The initial text of the edit field; null if the message is not being edited. */
  readonly editText: string | null;
}

/** One message. Memoized, so that only the streaming answer re-renders. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, editText } = props;
  return message.role === "user" ? (
    <UserMessage message={message} editText={editText} />
  ) : (
    <Answer {...props} />
  );
});

function Answer({ message, isNewest, onRegenerate }: MessageRowProps) {
  const isStreaming = message.status === "pending" || message.status === "streaming";
  // Growing text shows progress on its own.
  const endsWithText = message.parts.at(-1)?.type === "text";
  return (
    <article
      aria-label="Answer"
      aria-busy={isStreaming}
      className="group flex flex-col gap-3"
      data-message-id={message.id}
      data-role={message.role}
      data-status={message.status}
    >
      <AnswerContent message={message} isStreaming={isStreaming} />
      {isStreaming && !endsWithText && <TypingIndicator />}
      <AnswerEnding message={message} onRetry={isNewest ? onRegenerate : null} />
      {!isStreaming && message.status !== "awaiting_approval" && (
        <AnswerFooter message={message} isNewest={isNewest} onRegenerate={onRegenerate} />
      )}
    </article>
  );
}
