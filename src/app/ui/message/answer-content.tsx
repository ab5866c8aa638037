import type { AppMessage } from "../app/app-types.ts";
import { loadLater } from "../controls/load-later.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { PlainOnError } from "../markdown/plain-on-error.tsx";
import { ToolCard } from "../tool/tool-card.tsx";
import { Thinking } from "./thinking.tsx";

const Sources = loadLater(async () => (await import("../tool/sources.tsx")).Sources);

interface AnswerContentProps {
  readonly message: AppMessage;
  readonly isStreaming: boolean;
}

/** The parts of an answer in the order in which the model produced them, each text in a `data-message-content` element. */
export function AnswerContent({ message, isStreaming }: AnswerContentProps) {
  const { parts } = message;
  const last = parts.length - 1;
  return parts.map((part, index) => {
    const isLast = index === last;
    switch (part.type) {
      case "thinking":
        return (
          <Thinking
            key={index}
            id={`${message.id}:${index}`}
            text={part.text}
            isStreaming={isStreaming && isLast}
            startedAt={index === 0 ? message.createdAt : null}
          />
        );
      case "tool":
        return (
          <ToolCard
            key={index}
            messageId={message.id}
            call={message.toolCalls.find((call) => call.toolCallId === part.toolCallId)}
            isActive={isStreaming || message.status.startsWith("awaiting")}
          />
        );
      case "text":
        return (
          <div key={index} data-message-content className="min-w-0">
            <PlainOnError text={part.text}>
              <Markdown
                text={part.text}
                isOpen={isLast && !isWhole(message)}
                isStreaming={isStreaming && isLast}
              />
            </PlainOnError>
          </div>
        );
      case "data":
        return <Sources key={index} part={part} />;
    }
  });
}

/** Whether the answer ends where the model wanted it to. */
function isWhole({ status, finishReason }: AppMessage): boolean {
  return status === "complete" && finishReason !== "length" && finishReason !== "content_filter";
}
