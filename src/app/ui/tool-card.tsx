"use client";

import { Ban, ChevronRight, CircleCheck, CircleHelp, CircleX, LoaderCircle } from "lucide-react";
import type { ChatToolCall, JsonValue, ToolCallStatus } from "node-llm-trpc/react";
import type { ReactNode } from "react";

const states: Record<ToolCallStatus, { readonly label: string; readonly icon: ReactNode }> = {
  running: {
    label: "Running",
    icon: <LoaderCircle aria-hidden className="size-4 animate-spin text-accent" />,
  },
  awaiting_approval: {
    label: "Waiting for approval",
    icon: <CircleHelp aria-hidden className="size-4 text-warn" />,
  },
  complete: { label: "Done", icon: <CircleCheck aria-hidden className="size-4 text-accent" /> },
  error: { label: "Failed", icon: <CircleX aria-hidden className="size-4 text-danger" /> },
  denied: { label: "Denied", icon: <Ban aria-hidden className="size-4 text-soft" /> },
};

interface ToolCardProps {
  readonly call: ChatToolCall | undefined;
  /** False when the answer has ended: a tool that still seems to run then was cut off. */
  readonly isActive: boolean;
}

/** What a tool was asked and what it said; closed until somebody wants to know. */
export function ToolCard({ call, isActive }: ToolCardProps) {
  if (call === undefined) return null;
  const isCutOff = call.status === "running" && !isActive;
  const { label, icon } = isCutOff
    ? { label: "Cut off", icon: states.denied.icon }
    : states[call.status];
  return (
    <details className="card" data-tool={call.name} data-tool-status={call.status}>
      <summary>
        {icon}
        <span className="font-mono text-[13px]">{call.name}</span>
        <span className="min-w-0 flex-1 truncate text-soft">{preview(call.arguments)}</span>
        <span className="shrink-0 text-xs text-soft">{label}</span>
        <ChevronRight aria-hidden className="card-arrow" />
      </summary>
      <div className="card-body">
        <h3>Arguments</h3>
        <pre tabIndex={0}>{format(call.arguments)}</pre>
        {call.result !== null && (
          <>
            <h3>Result</h3>
            <pre tabIndex={0}>{call.result}</pre>
          </>
        )}
      </div>
    </details>
  );
}

function format(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** The arguments in one line: the values of an object, without its braces. */
function preview(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.values(value)
    .map((one: JsonValue) => (typeof one === "string" ? one : JSON.stringify(one)))
    .join(", ")
    .slice(0, 200);
}
