import type { ChatMessage } from "node-llm-trpc/react";
import { Markdown } from "../markdown/markdown.tsx";
import { PlainOnError } from "../markdown/plain-on-error.tsx";
import { ToolCard } from "../tool/tool-card.tsx";
import { Thinking } from "./thinking.tsx";

interface AnswerContentProps {
  readonly message: ChatMessage;
  readonly isStreaming: boolean;
}

/**
 * The parts of an answer in the order in which the model produced them. All text is inside one
 * `data-message-content` element. It has `display: contents`, so cards can appear between the texts.
 */
export function AnswerContent({ message, isStreaming }: AnswerContentProps) {
  const { parts } = message;
  const last = parts.length - 1;
  return (
    <div className="flex flex-col gap-3">
      {parts.map((part, index) =>
        part.type === "text" ? null : (
          <div key={index} style={{ order: index }}>
            {part.type === "thinking" ? (
              <Thinking text={part.text} isStreaming={isStreaming && index === last} />
            ) : (
              <ToolCard
                messageId={message.id}
                call={message.toolCalls.find((call) => call.toolCallId === part.toolCallId)}
                isActive={isStreaming || message.status === "awaiting_approval"}
              />
            )}
          </div>
        ),
      )}
      <div className="contents" data-message-content>
        {parts.map((part, index) =>
          part.type === "text" ? (
            <div key={index} style={{ order: index }} className="prose">
              <PlainOnError text={part.text}>
                <Markdown text={part.text} isStreaming={isStreaming && index === last} />
              </PlainOnError>
            </div>
          ) : null,
        )}
      </div>
    </div>
  );
}
