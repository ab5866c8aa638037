"use client";

import type { JsonValue } from "node-llm-trpc/react";
import { useState } from "react";
import type { AppToolCall } from "../app/app-types.ts";
import { loadLater } from "../controls/load-later.ts";
import { Disclosure } from "../controls/disclosure.tsx";
import { toolLook } from "./tool-state.tsx";

const ToolApproval = loadLater(async () => (await import("./tool-approval.tsx")).ToolApproval);

const ToolDetails = loadLater(async () => (await import("./tool-details.tsx")).ToolDetails);

interface ToolCardProps {
  readonly messageId: string;
  readonly call: AppToolCall | undefined;
  /** False once the answer has ended. A call that is still running or waiting was then interrupted. */
  readonly isActive: boolean;
}

/** A tool call with its arguments and result. Collapsed unless it needs approval or the user opens it. */
export function ToolCard({ messageId, call, isActive }: ToolCardProps) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  if (call === undefined) return null;
  const isWaiting = call.status === "awaiting_approval" && isActive;
  const { label, icon } = toolLook(call.status, isActive);
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
            <span className="shrink-0 text-xs text-muted-foreground">
              {call.name === "search_docs" && call.status === "running" && call.progress !== null
                ? `${call.progress.read} of ${call.progress.documents}`
                : label}
            </span>
          </>
        }
        footer={
          isWaiting && (
            <ToolApproval messageId={messageId} toolCallId={call.toolCallId} toolName={call.name} />
          )
        }
      >
        <ToolDetails call={call} />
      </Disclosure>
    </div>
  );
}

/** The arguments on one line: only the values of an object, without braces. */
function preview(value: JsonValue): string {
  // Nothing of them has been written yet.
  if (value === null) return "";
  if (typeof value !== "object") return String(value);
  return Object.values(value)
    .map((item: JsonValue) => (typeof item === "string" ? item : JSON.stringify(item)))
    .join(", ")
    .slice(0, 200);
}
