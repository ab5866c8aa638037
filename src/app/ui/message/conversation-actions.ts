import { createContext } from "react";

/** Whether a tool may run. */
export interface ToolDecision {
  readonly messageId: string;
  readonly toolCallId: string;
  readonly approved: boolean;
  /** Why not; the model is told. */
  readonly reason?: string;
}

/** What can be done with the messages of a conversation; the same functions as long as it is shown. */
export interface ConversationActions {
  readonly startEdit: (messageId: string) => void;
  readonly cancelEdit: (messageId: string) => void;
  readonly sendEdit: (messageId: string, text: string) => void;
  readonly selectBranch: (messageId: string, direction: "previous" | "next") => void;
  /** Resolves with whether the server has taken the decision. */
  readonly respondToTool: (decision: ToolDecision) => Promise<boolean>;
}

const nothing = (): void => undefined;

export const ConversationActionsContext = createContext<ConversationActions>({
  startEdit: nothing,
  cancelEdit: nothing,
  sendEdit: nothing,
  selectBranch: nothing,
  respondToTool: async () => false,
});

/** True while an answer is in progress. Apart, so that only buttons are drawn again when it changes. */
export const ConversationBusyContext = createContext(false);
