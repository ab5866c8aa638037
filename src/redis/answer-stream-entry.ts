import type { ChatEvent } from "../chat/chat-event.ts";

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

/** Checks what readers rely on: whoever can write to the Redis server could write anything. */
function isChatEvent(value: unknown): value is ChatEvent {
  const event = fieldsOf(value);
  switch (event["type"]) {
    case "text":
    case "thinking":
      return Number.isInteger(event["at"]) && typeof event["text"] === "string";
    case "tool":
      return isToolCall(event["toolCall"]);
    case "data":
      return isData(event["part"]);
    case "snapshot":
    case "done":
      return isMessage(event["message"]);
    default:
      return false;
  }
}

function isMessage(value: unknown): boolean {
  const { id, chatId, status, content, parts, toolCalls } = fieldsOf(value);
  const texts = [id, chatId, status, content];
  return (
    texts.every((text) => typeof text === "string") &&
    Array.isArray(parts) &&
    Array.isArray(toolCalls) &&
    toolCalls.every(isToolCall)
  );
}

function isToolCall(value: unknown): boolean {
  const { toolCallId, name, status } = fieldsOf(value);
  return [toolCallId, name, status].every((text) => typeof text === "string");
}

function isData(value: unknown): boolean {
  const { name, id } = fieldsOf(value);
  return typeof name === "string" && typeof id === "string";
}

function fieldsOf(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
