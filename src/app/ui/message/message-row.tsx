"use client";

import { memo } from "react";
import type { AppMessage } from "../app/app-types.ts";
import { isToolMoving } from "../tool/tool-state.tsx";
import { AnswerContent } from "./answer-content.tsx";
import { AnswerEnding } from "./answer-ending.tsx";
import { AnswerFooter } from "./answer-footer.tsx";
import { TypingIndicator } from "./typing-indicator.tsx";
import { UserMessage } from "./user-message.tsx";

interface MessageRowProps {
  readonly message: AppMessage;
  /** Only the newest message can be regenerated. */
  readonly isNewest: boolean;
  /** True for a message that appears while the user looks at the chat. */
  readonly isNew: boolean;
  readonly onRegenerate: (messageId: string) => void;
  /** The initial text of the edit field; null if the message is not being edited. */
  readonly editText: string | null;
}

/** One message. Memoized, so that only the streaming answer re-renders. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, editText, isNew } = props;
  return message.role === "user" ? (
    <UserMessage message={message} editText={editText} isNew={isNew} />
  ) : (
    <Answer {...props} />
  );
});

function Answer({ message, isNewest, onRegenerate }: MessageRowProps) {
  const isStreaming = message.status === "pending" || message.status === "streaming";
  return (
    <article
      aria-label="Answer"
      aria-busy={isStreaming}
      className="group/message flex flex-col gap-3"
      data-message-id={message.id}
      data-role={message.role}
      data-status={message.status}
    >
      <AnswerContent message={message} isStreaming={isStreaming} />
      {isStreaming && !showsProgress(message) && <TypingIndicator />}
      <AnswerEnding message={message} onRetry={isNewest ? onRegenerate : null} />
      {!isStreaming && !message.status.startsWith("awaiting") && (
        <AnswerFooter message={message} isNewest={isNewest} onRegenerate={onRegenerate} />
      )}
    </article>
  );
}

/** Whether something in a streaming answer moves by itself: a text at its end has a caret, a tool at work an icon that turns. */
function showsProgress({ parts, toolCalls }: AppMessage): boolean {
  const last = parts.at(-1)?.type;
  return (
    last === "text" || last === "thinking" || toolCalls.some(({ status }) => isToolMoving(status))
  );
}
