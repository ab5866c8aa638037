import { Ban, CircleCheck, CircleHelp, CircleX, LoaderCircle } from "lucide-react";
import type { ToolCallStatus } from "node-llm-trpc/react";
import type { ReactNode } from "react";

interface ToolLook {
  readonly label: string;
  readonly icon: ReactNode;
}

const turning = <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin text-primary" />;
const banned = <Ban aria-hidden className="size-4 shrink-0 text-muted-foreground" />;

const asking = <CircleHelp aria-hidden className="size-4 shrink-0 text-warning" />;

const looks: Record<ToolCallStatus, ToolLook> = {
  writing: { label: "Preparing", icon: turning },
  running: { label: "Running", icon: turning },
  awaiting_output: { label: "Needs output", icon: asking },
  awaiting_approval: { label: "Needs approval", icon: asking },
  complete: {
    label: "Done",
    icon: <CircleCheck aria-hidden className="size-4 shrink-0 text-primary" />,
  },
  error: {
    label: "Failed",
    icon: <CircleX aria-hidden className="size-4 shrink-0 text-destructive" />,
  },
  denied: { label: "Denied", icon: banned },
};

/** Whether the call's icon turns. */
export function isToolMoving(state: ToolCallStatus): boolean {
  return looks[state].icon === turning;
}

/** @param isActive false once the answer has ended. A call that can still change was then interrupted. */
export function toolLook(state: ToolCallStatus, isActive: boolean): ToolLook {
  const isInterrupted = !isActive && (isToolMoving(state) || state.startsWith("awaiting"));
  return isInterrupted ? { label: "Interrupted", icon: banned } : looks[state];
}
