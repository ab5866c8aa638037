/** How much of an answer a reader has. As an event id it is valid on every instance. */
export interface StreamCursor {
  /** The length of `content`, in UTF-16 code units. */
  readonly content: number;
  /** The length of `thinking`, in UTF-16 code units. */
  readonly thinking: number;
  /** The number of tool calls that began, plus the number of those that ended. */
  readonly tools: number;
  /**
   * The number of changes of tool calls in between: arguments that were written, approvals, progress. Each copy of the
   * answer counts its own, so this is not part of the event id, and a reader that reconnects is told of the latest again.
   */
  readonly updates: number;
}

/** The cursor of a reader that has nothing. */
export const startCursor: StreamCursor = { content: 0, thinking: 0, tools: 0, updates: 0 };

/** Formats a cursor as an event id. */
export function formatCursor(cursor: StreamCursor): string {
  return `${cursor.content}.${cursor.thinking}.${cursor.tools}`;
}

/** Parses an event id. Null when it is not one that `formatCursor` made. */
export function parseCursor(id: string): StreamCursor | null {
  const match = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/.exec(id);
  if (match === null) return null;
  const [, content, thinking, tools] = match;
  return {
    content: Number(content),
    thinking: Number(thinking),
    tools: Number(tools),
    updates: 0,
  };
}
