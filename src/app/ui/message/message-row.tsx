"use client";

import type { ChatMessage } from "node-llm-trpc/react";
import { memo } from "react";
import { isToolMoving } from "../tool/tool-state.tsx";
import { AnswerContent } from "./answer-content.tsx";
import { AnswerEnding } from "./answer-ending.tsx";
import { AnswerFooter } from "./answer-footer.tsx";
import { TypingIndicator } from "./typing-indicator.tsx";
import { UserMessage } from "./user-message.tsx";

interface MessageRowProps {
  readonly message: ChatMessage;
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
      {!isStreaming && message.status !== "awaiting_approval" && (
        <AnswerFooter message={message} isNewest={isNewest} onRegenerate={onRegenerate} />
      )}
    </article>
  );
}

/** Whether the last part of a streaming answer moves by itself: a text has a caret, a tool at work an icon that turns. */
function showsProgress({ parts, toolCalls }: ChatMessage): boolean {
  const last = parts.at(-1);
  if (last?.type !== "tool") return last !== undefined;
  const call = toolCalls.find(({ toolCallId }) => toolCallId === last.toolCallId);
  return call !== undefined && isToolMoving(call.status);
}
