import { createContext } from "react";

/** The user's decision whether a tool may run. */
export interface ToolDecision {
  readonly messageId: string;
  readonly toolCallId: string;
  readonly approved: boolean;
  /** Why the user denied the call. The model sees it. */
  readonly reason?: string;
}

/** Sends a decision. Resolves to whether the server accepted it. */
export type RespondToTool = (decision: ToolDecision) => Promise<boolean>;

export const RespondToToolContext = createContext<RespondToTool>(async () => false);
