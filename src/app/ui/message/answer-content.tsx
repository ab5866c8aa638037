import type { ChatMessage, MessagePart } from "node-llm-trpc/react";
import { Markdown } from "../markdown/markdown.tsx";
import { PlainOnError } from "../markdown/plain-on-error.tsx";
import { Thinking } from "./thinking.tsx";
import { ToolCard } from "../tool/tool-card.tsx";

interface AnswerContentProps {
  readonly message: ChatMessage;
  readonly isGrowing: boolean;
}

/**
 * The parts of an answer in the order in which they were produced. All text stands in one element,
 * `data-message-content`; that has no box of its own, so that cards can stand between its pieces.
 */
export function AnswerContent({ message, isGrowing }: AnswerContentProps) {
  const parts = partsOf(message);
  const last = parts.length - 1;
  return (
    <div className="flex flex-col gap-3 empty:hidden" data-empty={parts.length === 0 || undefined}>
      {parts.map((part, index) =>
        part.type === "text" ? null : (
          <div key={index} style={{ order: index }}>
            {part.type === "thinking" ? (
              <Thinking text={part.text} isGrowing={isGrowing && index === last} />
            ) : (
              <ToolCard
                messageId={message.id}
                call={message.toolCalls.find((call) => call.toolCallId === part.toolCallId)}
                isActive={isGrowing || message.status === "awaiting_approval"}
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
                <Markdown text={part.text} growing={isGrowing && index === last} />
              </PlainOnError>
            </div>
          ) : null,
        )}
      </div>
    </div>
  );
}

/** Messages that were stored without parts have their thinking first, then tools, then text. */
function partsOf(message: ChatMessage): readonly MessagePart[] {
  if (message.parts.length > 0) return message.parts;
  return [
    ...(message.thinking ? [{ type: "thinking", text: message.thinking } as const] : []),
    ...message.toolCalls.map(({ toolCallId }) => ({ type: "tool", toolCallId }) as const),
    ...(message.content === "" ? [] : [{ type: "text", text: message.content } as const]),
  ];
}
