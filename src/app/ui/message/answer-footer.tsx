import { RefreshCw } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import { describeLatency, describeUsage } from "../usage/describe-usage.ts";
import { BranchPicker } from "./branch-picker.tsx";
import { CopyButton } from "../controls/copy-button.tsx";
import { IconButton } from "../controls/icon-button.tsx";

interface AnswerFooterProps {
  readonly message: ChatMessage;
  readonly isNewest: boolean;
  readonly onRegenerate: (messageId: string) => void;
}

/** What can be done with an answer, and what it was made with. */
export function AnswerFooter({ message, isNewest, onRegenerate }: AnswerFooterProps) {
  const facts = [
    message.model,
    ...describeUsage(message.usage),
    ...describeLatency(message),
  ].filter((fact) => fact !== null);
  const isShown = isNewest || message.siblings.count > 1;
  return (
    <footer className="answer-footer" data-newest={isShown || undefined}>
      <BranchPicker message={message} />
      {message.content !== "" && <CopyButton text={message.content} label="Copy answer" />}
      {isNewest && message.status === "complete" && (
        <IconButton label="Regenerate answer" small onClick={() => onRegenerate(message.id)}>
          <RefreshCw aria-hidden />
        </IconButton>
      )}
      <span className="truncate pl-1" title={tokensInAndOut(message)}>
        {facts.join(" · ")}
      </span>
    </footer>
  );
}

function tokensInAndOut({ usage: { inputTokens, outputTokens } }: ChatMessage): string | undefined {
  if (inputTokens === null || outputTokens === null) return undefined;
  return `${inputTokens.toLocaleString("en-US")} tokens in, ${outputTokens.toLocaleString("en-US")} out`;
}
