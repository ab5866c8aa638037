"use client";

import { Ban, CircleCheck, CircleHelp, CircleX, LoaderCircle } from "lucide-react";
import type { ChatToolCall, JsonValue, ToolCallStatus } from "node-llm-trpc/react";
import type { ReactNode } from "react";
import { lazy, Suspense, useState } from "react";
import { Disclosure } from "../controls/disclosure.tsx";
import { ToolSection } from "./tool-section.tsx";

const ToolApproval = lazy(async () => ({
  default: (await import("./tool-approval.tsx")).ToolApproval,
}));

const states: Record<ToolCallStatus, { readonly label: string; readonly icon: ReactNode }> = {
  running: {
    label: "Running",
    icon: <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-primary" />,
  },
  awaiting_approval: {
    label: "Needs approval",
    icon: <CircleHelp aria-hidden className="size-4 shrink-0 text-warning" />,
  },
  complete: {
    label: "Done",
    icon: <CircleCheck aria-hidden className="size-4 shrink-0 text-primary" />,
  },
  error: {
    label: "Failed",
    icon: <CircleX aria-hidden className="size-4 shrink-0 text-destructive" />,
  },
  denied: {
    label: "Denied",
    icon: <Ban aria-hidden className="size-4 shrink-0 text-muted-foreground" />,
  },
};

interface ToolCardProps {
  readonly messageId: string;
  readonly call: ChatToolCall | undefined;
  /** False once the answer has ended. A call that is still running or waiting was then interrupted. */
  readonly isActive: boolean;
}

/** A tool call with its arguments and result. Collapsed unless it needs approval or the user opens it. */
export function ToolCard({ messageId, call, isActive }: ToolCardProps) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  if (call === undefined) return null;
  const isWaiting = call.status === "awaiting_approval" && isActive;
  const isInterrupted =
    !isActive && (call.status === "running" || call.status === "awaiting_approval");
  const { label, icon } = isInterrupted
    ? { label: "Interrupted", icon: states.denied.icon }
    : states[call.status];
  const isOpen = chosen ?? isWaiting;
  return (
    <div data-tool={call.name} data-tool-status={call.status}>
      <Disclosure
        isOpen={isOpen}
        onToggle={() => setChosen(!isOpen)}
        summary={
          <>
            {icon}
            <span className="flex min-w-0 flex-1 items-baseline gap-2">
              <span className="max-w-full shrink-0 truncate font-mono text-[13px]">
                {call.name}
              </span>
              <span className="truncate text-muted-foreground">
                <span dir="auto">{preview(call.arguments)}</span>
              </span>
            </span>
            <span className="shrink-0 text-xs text-muted-foreground">{label}</span>
          </>
        }
        footer={
          isWaiting && (
            <Suspense>
              <ToolApproval
                messageId={messageId}
                toolCallId={call.toolCallId}
                toolName={call.name}
              />
            </Suspense>
          )
        }
      >
        <ToolSection title="Arguments" value={call.arguments} />
        {call.result !== null && <ToolSection title="Result" value={readResult(call.result)} />}
      </Disclosure>
    </div>
  );
}

/** The arguments on one line: only the values of an object, without braces. */
function preview(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value)
    .map((item: JsonValue) => (typeof item === "string" ? item : JSON.stringify(item)))
    .join(", ")
    .slice(0, 200);
}

/** Parses a result that is a JSON object or array. Other results, such as a number, read best as text. */
function readResult(text: string): JsonValue {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    // `JSON.parse` returns nothing else.
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
