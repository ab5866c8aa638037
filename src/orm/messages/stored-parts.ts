import type { FoldedCall } from "../../chat/answer-fold.ts";
import type { DataPart, MessagePart } from "../../chat/chat-message.ts";
import type { JsonValue } from "../../shared/json-value.ts";
import { LazyMap } from "../../shared/collections/lazy-map.ts";
import { TextLog } from "../../shared/text-log.ts";
import type { MessageRow } from "../database/rows.ts";
import { SignedFold } from "./signed-fold.ts";

/**
 * A part as it is stored: its type with the length of its text, which has its own column, a tool call's id, or data with
 * its name and its id.
 */
type StoredPart =
  | readonly ["data", string, string, JsonValue]
  | readonly ["text", number]
  | readonly ["thinking", number, string?]
  | readonly ["tool", string];

/** A part of an answer, with the provider's signature when it is thinking. */
export interface SignedPart {
  readonly part: MessagePart;
  readonly signature: string | null;
}

/** A part of which only the length of its text matters. */
type MeasuredPart =
  | DataPart
  | { readonly type: "tool"; readonly toolCallId: string }
  | {
      readonly type: "text" | "thinking";
      readonly text: { readonly length: number };
      readonly signature?: string | null;
    };

/** The order of the parts as JSON, without their text. Null when there are none. */
export function encodeParts(parts: readonly MeasuredPart[]): string | null {
  const stored: StoredPart[] = [];
  for (const part of parts) {
    if (part.type === "tool") {
      stored.push(["tool", part.toolCallId]);
      continue;
    }
    if (part.type === "data") {
      stored.push(["data", part.name, part.id, part.data]);
      continue;
    }
    const last = stored.at(-1);
    const signature = part.signature ?? undefined;
    if (part.text.length === 0 && signature === undefined) continue;
    if (last !== undefined && last[0] === part.type && last[2] === undefined) {
      stored[stored.length - 1] = storedText(part.type, last[1] + part.text.length, signature);
    } else stored.push(storedText(part.type, part.text.length, signature));
  }
  return stored.length === 0 ? null : JSON.stringify(stored);
}

function storedText(
  type: "text" | "thinking",
  length: number,
  signature: string | undefined,
): StoredPart {
  if (type === "text") return ["text", length];
  return signature === undefined ? ["thinking", length] : ["thinking", length, signature];
}

/** Beside the parts of an answer that waits: the model was told what is wrong with the answer. It is no part. */
const corrected = ["corrected"] as const;

/** Notes in the stored parts that the answer was corrected. */
export function markCorrected(stored: string | null): string {
  const parts: unknown = JSON.parse(stored ?? "[]");
  return JSON.stringify([...(Array.isArray(parts) ? parts : []), corrected]);
}

/** Whether `markCorrected` has noted that the answer was corrected. */
export function isMarkedCorrected(stored: string | null | undefined): boolean {
  return stored?.endsWith(`${JSON.stringify(corrected)}]`) === true;
}

/** The parts of a stored message. A row without an order has its thinking first, then its tool calls, then its text. */
export function decodeParts(
  stored: string | null | undefined,
  content: string,
  thinking: string,
  toolCallIds: readonly string[],
): SignedPart[] {
  const order = stored == null ? null : parseOrder(stored);
  if (order === null) return defaultOrder(content, thinking, toolCallIds);
  const parts: SignedPart[] = [];
  const offsets = { text: 0, thinking: 0 };
  for (const entry of order) {
    if (entry[0] === "tool") {
      if (toolCallIds.includes(entry[1]))
        parts.push({ part: { type: "tool", toolCallId: entry[1] }, signature: null });
      continue;
    }
    if (entry[0] === "data") {
      const [type, name, id, data] = entry;
      parts.push({ part: { type, name, id, data }, signature: null });
      continue;
    }
    const start = offsets[entry[0]];
    const text = (entry[0] === "text" ? content : thinking).slice(start, start + entry[1]);
    offsets[entry[0]] = start + entry[1];
    parts.push({
      part: { type: entry[0], text },
      signature: entry[0] === "thinking" ? (entry[2] ?? null) : null,
    });
  }
  const rest = content.slice(offsets.text);
  if (rest !== "") parts.push({ part: { type: "text", text: rest }, signature: null });
  return parts;
}

/** Folds what a row contains, with those of the calls that have a place in it. */
export function foldRow<Call extends FoldedCall>(
  row: MessageRow,
  calls: readonly Call[],
): SignedFold<Call> {
  const content = row.content ?? "";
  const thinking = row.thinkingText ?? "";
  const ids = row.parts == null ? [] : calls.map((call) => call.toolCallId);
  const parts = decodeParts(row.parts, content, thinking, ids);
  const placed = new Set(parts.map(({ part }) => (part.type === "tool" ? part.toolCallId : "")));
  const start = {
    status: "pending",
    content,
    thinking,
    parts: parts.map(({ part, signature }) =>
      part.type === "thinking" ? { ...part, signature } : part,
    ),
    toolCalls: calls.filter((call) => placed.has(call.toolCallId)),
  } as const;
  return new SignedFold<Call>(() => new TextLog(), start, new LazyMap());
}

function defaultOrder(
  content: string,
  thinking: string,
  toolCallIds: readonly string[],
): SignedPart[] {
  const parts: MessagePart[] = [];
  if (thinking !== "") parts.push({ type: "thinking", text: thinking });
  for (const toolCallId of toolCallIds) parts.push({ type: "tool", toolCallId });
  if (content !== "") parts.push({ type: "text", text: content });
  return parts.map((part) => ({ part, signature: null }));
}

function parseOrder(stored: string): StoredPart[] | null {
  try {
    const value: unknown = JSON.parse(stored);
    return Array.isArray(value) ? value.filter(isStoredPart) : null;
  } catch {
    return null;
  }
}

function isStoredPart(value: unknown): value is StoredPart {
  if (!Array.isArray(value)) return false;
  const [type, second]: readonly unknown[] = value;
  if (type === "tool") return typeof second === "string";
  if (type === "data") return typeof second === "string" && typeof value[2] === "string";
  return (type === "text" || type === "thinking") && typeof second === "number";
}
