import type { ChatEvent } from "../chat/chat-event.ts";
import type { TrackedEvent } from "../chat/chat-procedures.ts";
import type { LiveMessage } from "../chat/live-message.ts";
import type { StreamCursor } from "../chat/stream-cursor.ts";
import { formatCursor, parseCursor, startCursor } from "../chat/stream-cursor.ts";
import { Pace } from "./pace.ts";

/** How long, in milliseconds, an answer that is followed may take to reach what a reader has from elsewhere. */
export const catchUpMs = 2_000;

const pace = new Pace();

/**
 * The events of one answer for one reader: what lies behind `lastEventId`, or a snapshot, then what comes,
 * until `done`. The reader has no queue: a slow one gets larger events. A reader that is ahead of what is
 * known here waits for so long at most, and then gets a snapshot.
 */
export async function* streamEvents(
  live: LiveMessage,
  lastEventId: string | null,
  signal: AbortSignal,
  patienceMs = 0,
): AsyncGenerator<TrackedEvent, void, undefined> {
  let cursor = lastEventId === null ? null : parseCursor(lastEventId);
  if (cursor !== null && !(await reaches(live, cursor, patienceMs, signal))) cursor = null;
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

async function reaches(
  live: LiveMessage,
  cursor: StreamCursor,
  patienceMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (live.since(cursor) !== null) return true;
  const expired = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  while (live.since(cursor) === null && !expired.aborted) await live.changed(expired);
  return live.since(cursor) !== null;
}

/** The cursor behind one of several events: tool calls count once all of them are through. */
function advance(cursor: StreamCursor, event: ChatEvent): StreamCursor {
  if (event.type === "text") return { ...cursor, content: event.at + event.text.length };
  if (event.type === "thinking") return { ...cursor, thinking: event.at + event.text.length };
  return cursor;
}
