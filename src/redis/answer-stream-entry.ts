import type { ChatEvent } from "../chat/chat-event.ts";

/** Some events of an answer as one entry of a Redis stream. */
export interface StreamEntry {
  readonly id: string;
  readonly events: readonly ChatEvent[];
}

const field = "events";

export function encodeEvents(events: readonly ChatEvent[]): readonly [string, string] {
  return [field, JSON.stringify(events)];
}

/** The entries in the reply to XRANGE or XREVRANGE, or in one stream's part of the reply to XREAD. */
export function decodeEntries(reply: unknown): StreamEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((entry: unknown) => {
    if (!Array.isArray(entry) || !Array.isArray(entry[1])) return [];
    const fields = entry[1].map(String);
    return [{ id: String(entry[0]), events: parseEvents(fields[fields.indexOf(field) + 1]) }];
  });
}

/** The streams in the reply to XREAD: a list of pairs in RESP2, a map in RESP3. */
export function decodeStreams(reply: unknown): [key: string, entries: StreamEntry[]][] {
  if (typeof reply !== "object" || reply === null) return [];
  const isIterable = Array.isArray(reply) || reply instanceof Map;
  const pairs: unknown[] = isIterable ? [...reply] : Object.entries(reply);
  return pairs.flatMap((pair) =>
    Array.isArray(pair) ? [[String(pair[0]), decodeEntries(pair[1])]] : [],
  );
}

function parseEvents(json: string | undefined): readonly ChatEvent[] {
  try {
    const value: unknown = JSON.parse(json ?? "[]");
    // Only hubs write under this prefix.
    return Array.isArray(value) ? (value as ChatEvent[]) : [];
  } catch {
    return [];
  }
}
