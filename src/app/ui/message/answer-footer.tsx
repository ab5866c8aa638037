import { RefreshCw } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import { CopyButton } from "../controls/copy-button.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { loadLater } from "../controls/load-later.ts";
import { formatCost, formatDuration } from "../usage/format-usage.ts";

const BranchPicker = loadLater(async () => (await import("./branch-picker.tsx")).BranchPicker);

/** On a device that can hover, a footer that is hidden takes up the gap between two messages. */
const footerClass =
  "-ms-1.5 -mt-1 flex min-h-7 items-center gap-0.5 text-xs text-muted-foreground opacity-0 transition-opacity group-focus-within/message:opacity-100 group-hover/message:opacity-100 data-newest:opacity-100 not-data-newest:-mb-5 pointer-coarse:mb-0! pointer-coarse:opacity-100";

interface AnswerFooterProps {
  readonly message: ChatMessage;
  readonly isNewest: boolean;
  readonly onRegenerate: (messageId: string) => void;
}

/** The actions for an answer, its model, and what it cost in tokens, dollars and time. */
export function AnswerFooter({ message, isNewest, onRegenerate }: AnswerFooterProps) {
  const isShown = isNewest || message.siblings.count > 1;
  return (
    <footer className={footerClass} data-newest={isShown || undefined}>
      {message.siblings.count > 1 && <BranchPicker message={message} />}
      {message.content !== "" && <CopyButton text={message.content} label="Copy answer" />}
      {isNewest && message.status === "complete" && (
        <IconButton label="Regenerate answer" small onClick={() => onRegenerate(message.id)}>
          <RefreshCw aria-hidden />
        </IconButton>
      )}
      <span className="truncate ps-1" title={describeTokens(message)}>
        {knownFacts(message).join(" · ")}
      </span>
    </footer>
  );
}

function knownFacts({ model, usage, createdAt, finishedAt }: ChatMessage): readonly string[] {
  const tokens = (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
  const time = finishedAt === null ? 0 : Date.parse(finishedAt) - Date.parse(createdAt);
  return [
    ...(model === null ? [] : [model]),
    ...(tokens > 0 ? [`${tokens.toLocaleString("en-US")} tokens`] : []),
    ...(usage.cost === null ? [] : [formatCost(usage.cost)]),
    ...(time > 0 ? [formatDuration(time)] : []),
  ];
}

function describeTokens({ usage }: ChatMessage): string | undefined {
  const { inputTokens, outputTokens, cachedTokens } = usage;
  if (inputTokens === null || outputTokens === null) return undefined;
  const cached = cachedTokens ? ` (${cachedTokens.toLocaleString("en-US")} cached)` : "";
  return `${inputTokens.toLocaleString("en-US")} input tokens${cached}, ${outputTokens.toLocaleString("en-US")} output tokens`;
}
