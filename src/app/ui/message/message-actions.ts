import { createContext } from "react";

/** What the user can do with a message. The functions keep their identity, so rows don't re-render. */
export interface MessageActions {
  readonly startEdit: (messageId: string) => void;
  readonly cancelEdit: (messageId: string) => void;
  readonly sendEdit: (messageId: string, text: string) => void;
  readonly selectBranch: (messageId: string, direction: "previous" | "next") => void;
}

const nothing = (): void => undefined;

export const MessageActionsContext = createContext<MessageActions>({
  startEdit: nothing,
  cancelEdit: nothing,
  sendEdit: nothing,
  selectBranch: nothing,
});

/** True while an answer is in progress. A context of its own, so that a change re-renders only buttons. */
export const ConversationBusyContext = createContext(false);
