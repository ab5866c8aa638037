import type { ChatEvent } from "../chat/chat-event.ts";
import { chatEvent } from "./chat-event-schema.ts";

/** One entry of an answer's Redis stream. */
export interface AnswerStreamEntry {
  readonly id: string;
  readonly events: readonly ChatEvent[];
}

const field = "events";

/** Returns the field and the value of a stream entry. */
export function encodeEvents(events: readonly ChatEvent[]): readonly [string, string] {
  return [field, JSON.stringify(events)];
}

/** Decodes the reply to XRANGE or XREVRANGE, or one stream's part of the reply to XREAD. */
export function decodeEntries(reply: unknown): AnswerStreamEntry[] {
  if (!Array.isArray(reply)) return [];
  return reply.flatMap((entry: unknown) => {
    if (!Array.isArray(entry) || !Array.isArray(entry[1])) return [];
    const fields = entry[1].map(String);
    return [{ id: String(entry[0]), events: parseEvents(fields[fields.indexOf(field) + 1]) }];
  });
}

/** Decodes the reply to XREAD, which is a list of pairs in RESP2 and a map in RESP3. */
export function decodeStreams(reply: unknown): [key: string, entries: AnswerStreamEntry[]][] {
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
    return Array.isArray(value) ? value.filter(isChatEvent) : [];
  } catch {
    return [];
  }
}

function isChatEvent(value: unknown): value is ChatEvent {
  return chatEvent.safeParse(value).success;
}
