import type { ChatEvent } from "../chat/chat-event.ts";
import type { TrackedEvent } from "../chat/chat-procedures.ts";
import type { LiveMessage } from "../chat/live-message.ts";
import type { StreamCursor } from "../chat/stream-cursor.ts";
import { formatCursor, parseCursor, startCursor } from "../chat/stream-cursor.ts";
import { Pace } from "./pace.ts";

/** How long, in milliseconds, an answer that is followed may take to reach what a reader has from elsewhere. */
const catchUpMs = 2_000;

const pace = new Pace();
/** What a hub hands on has been gathered by the producer. */
const followedPace = new Pace(5);

/**
 * The events of one answer for one reader: what lies behind `lastEventId`, or a snapshot, then what comes,
 * until `done`. The reader has no queue: a slow one gets larger events. One that is ahead of an
 * answer that is followed from elsewhere waits for it, and gets a snapshot when it does not come.
 */
export async function* streamEvents(
  live: LiveMessage,
  lastEventId: string | null,
  signal: AbortSignal,
  isFollowed = false,
): AsyncGenerator<TrackedEvent, void, undefined> {
  let cursor = lastEventId === null ? null : parseCursor(lastEventId);
  if (cursor !== null && !(await reaches(live, cursor, isFollowed ? catchUpMs : 0, signal)))
    cursor = null;
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
      // An end is not to wait: what it says may be overtaken.
      if (live.final === null) await (isFollowed ? followedPace : pace).wait(sentAt, signal);
      // What was read from the provider in one step comes piece by piece, but in one turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    sentAt = performance.now();
    for (const [index, event] of delta.events.entries()) {
      seen = index === delta.events.length - 1 ? delta.cursor : advance(seen, event);
      if (event.type === "done") {
        yield { id: endId, data: event };
        return;
      }
      yield { id: formatCursor(seen), data: event };
    }
  }
}

/** Whoever comes back behind an end, of an answer that went on after an approval, gets a snapshot. */
export const endId = "end";

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
