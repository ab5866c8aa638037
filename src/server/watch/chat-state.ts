import { createHash } from "node:crypto";

/** Where a chat stands: two states are equal exactly when a tab has nothing to load. Also the id of a notice. */
export interface ChatState {
  /** `updatedAt` of the chat, in milliseconds. */
  readonly updatedAt: number;
  /** No message has a higher position: those behind it are new. It rises with the choice of a branch, too. */
  readonly position: number;
  /** The newest message of the active branch. */
  readonly newest: string | null;
  /** The answer in progress. */
  readonly active: string | null;
  /** The tool calls whose approval that answer waits for, as `waitingKey` makes it; empty when it does not wait. */
  readonly waiting: string;
}

/** Some calls as a short text that changes with each of them. */
export function waitingKey(toolCallIds: readonly string[]): string {
  if (toolCallIds.length === 0) return "";
  const ids = JSON.stringify(toolCallIds.toSorted());
  return createHash("sha256").update(ids).digest("base64url").slice(0, 8);
}

export function formatState(state: ChatState): string {
  const { updatedAt, position, newest, active, waiting } = state;
  return [updatedAt.toString(36), position.toString(36), newest ?? "", active ?? "", waiting].join(
    ".",
  );
}

/** The state in an event id; null when it is not one of ours. */
export function parseState(id: string): ChatState | null {
  const match =
    /^([\da-z]{1,11})\.([\da-z]{1,7})\.([\w-]{0,128})\.([\w-]{0,128})\.([\w-]{0,8})$/.exec(id);
  if (match === null) return null;
  return {
    updatedAt: Number.parseInt(match[1] ?? "", 36),
    position: Number.parseInt(match[2] ?? "", 36),
    newest: match[3] === "" ? null : (match[3] ?? null),
    active: match[4] === "" ? null : (match[4] ?? null),
    waiting: match[5] ?? "",
  };
}
