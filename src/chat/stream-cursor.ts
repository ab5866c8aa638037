/** How much of an answer a reader has. It is the id of an event, and valid on every instance. */
export interface StreamCursor {
  /** UTF-16 units of `content`. */
  readonly content: number;
  /** UTF-16 units of `thinking`. */
  readonly thinking: number;
  /** Changes of tool calls seen: one when a call starts and one more when it ends. */
  readonly tools: number;
  /**
   * Approvals of tool calls seen. They are counted where the answer is held and are not a part of the id: whoever comes
   * back hears once more that a call runs.
   */
  readonly decisions: number;
}

export const startCursor: StreamCursor = { content: 0, thinking: 0, tools: 0, decisions: 0 };

export function formatCursor(cursor: StreamCursor): string {
  return `${cursor.content}.${cursor.thinking}.${cursor.tools}`;
}

/** The cursor in an event id; null when it is not one of ours. */
export function parseCursor(id: string): StreamCursor | null {
  const match = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/.exec(id);
  if (match === null) return null;
  const [, content, thinking, tools] = match;
  return {
    content: Number(content),
    thinking: Number(thinking),
    tools: Number(tools),
    decisions: 0,
  };
}
