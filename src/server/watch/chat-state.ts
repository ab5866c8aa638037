import { createHash } from "node:crypto";

/** Where a chat stands. Two states are equal exactly when a client has nothing to load; it is also a notice's id. */
export interface ChatState {
  /** `updatedAt` of the chat, in milliseconds. */
  readonly updatedAt: number;
  /** The highest position of its messages; new ones come after it. Selecting a branch raises it, too. */
  readonly position: number;
  /** The newest message of the active branch. */
  readonly newestId: string | null;
  /** The answer in progress. */
  readonly activeId: string | null;
  /** The `waitingKey` of the tool calls that the answer waits for. */
  readonly waiting: string;
}

/**
 * A short text that differs for different sets of tool calls; empty when there are none.
 *
 * @param calls for what each of them waits, and its id.
 */
export function waitingKey(calls: readonly string[]): string {
  if (calls.length === 0) return "";
  return createHash("sha256")
    .update(JSON.stringify(calls.toSorted()))
    .digest("base64url")
    .slice(0, 8);
}

/** The state as the id of a notice. */
export function formatState(state: ChatState): string {
  const { updatedAt, position, newestId, activeId, waiting } = state;
  return [
    updatedAt.toString(36),
    position.toString(36),
    newestId ?? "",
    activeId ?? "",
    waiting,
  ].join(".");
}

/** The state that the id of a notice stands for; null for any other text. */
export function parseState(id: string): ChatState | null {
  const match =
    /^([\da-z]{1,11})\.([\da-z]{1,7})\.([\w-]{0,128})\.([\w-]{0,128})\.([\w-]{0,8})$/.exec(id);
  if (match === null) return null;
  return {
    updatedAt: Number.parseInt(match[1] ?? "", 36),
    position: Number.parseInt(match[2] ?? "", 36),
    newestId: match[3] === "" ? null : (match[3] ?? null),
    activeId: match[4] === "" ? null : (match[4] ?? null),
    waiting: match[5] ?? "",
  };
}
