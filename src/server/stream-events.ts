import type { ChatEvent } from "../chat/chat-event.ts";
import type { TrackedEvent } from "../chat/chat-procedures.ts";
import type { LiveMessage } from "../chat/live-message.ts";
import type { StreamCursor } from "../chat/stream-cursor.ts";
import { formatCursor, parseCursor, startCursor } from "../chat/stream-cursor.ts";
import { Pace } from "./pace.ts";

const pace = new Pace();

/**
 * The events of one answer for one reader: what lies behind `lastEventId`, or a snapshot, then what comes,
 * until `done`. The reader has no queue: a slow one gets larger events.
 */
export async function* streamEvents(
  live: LiveMessage,
  lastEventId: string | null,
  signal: AbortSignal,
): AsyncGenerator<TrackedEvent, void, undefined> {
  let cursor = lastEventId === null ? null : parseCursor(lastEventId);
  if (cursor !== null && live.since(cursor) === null) cursor = null;
  if (cursor === null && live.final === null) {
    const message = live.snapshot();
    cursor = live.cursor;
    yield { id: formatCursor(cursor), data: { type: "snapshot", message } };
  }
  let seen = cursor ?? startCursor;
  let sentAt = -Infinity;
  while (!signal.aborted) {
    const delta = live.since(seen);
    if (delta === null || delta.events.length === 0) {
      await live.changed(signal);
      await pace.wait(sentAt, signal);
      continue;
    }
    sentAt = performance.now();
    for (const [index, event] of delta.events.entries()) {
      seen = index === delta.events.length - 1 ? delta.cursor : advance(seen, event);
      yield { id: formatCursor(seen), data: event };
      if (event.type === "done") return;
    }
  }
}

/** The cursor behind one of several events: tool calls count once all of them are through. */
function advance(cursor: StreamCursor, event: ChatEvent): StreamCursor {
  if (event.type === "text") return { ...cursor, content: event.at + event.text.length };
  if (event.type === "thinking") return { ...cursor, thinking: event.at + event.text.length };
  return cursor;
}
