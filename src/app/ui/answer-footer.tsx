import { RefreshCw } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import { describeUsage } from "../client/describe-usage.ts";
import { CopyButton } from "./copy-button.tsx";
import { IconButton } from "./icon-button.tsx";

interface AnswerFooterProps {
  readonly message: ChatMessage;
  readonly isNewest: boolean;
  readonly onRegenerate: (messageId: string) => void;
}

/** What can be done with an answer, and what it was made with. */
export function AnswerFooter({ message, isNewest, onRegenerate }: AnswerFooterProps) {
  const facts = [message.model, ...describeUsage(message.usage)].filter((fact) => fact !== null);
  return (
    <footer className="answer-footer" data-newest={isNewest || undefined}>
      {message.content !== "" && <CopyButton text={message.content} label="Copy answer" />}
      {isNewest && message.status === "complete" && (
        <IconButton label="Regenerate answer" small onClick={() => onRegenerate(message.id)}>
          <RefreshCw aria-hidden />
        </IconButton>
      )}
      <span className="truncate pl-1">{facts.join(" · ")}</span>
    </footer>
  );
}
