import type { Message, ToolCall } from "@node-llm/core";
import type { JsonRecord } from "../../../shared/json-value.ts";
import { asRecord, isRecord, parseJson } from "../../../shared/json-value.ts";

/** A block of thinking as Anthropic sends it. It has to be sent back whole, with its signature. */
export type ThinkingBlock =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "redacted_thinking"; readonly data: string };

/** What a provider wants back with an assistant message or one of its tool calls, and core has no field for. */
export interface Carried {
  /** Anthropic: the thinking before the message. */
  readonly thinking?: readonly ThinkingBlock[];
  /** DeepSeek: the text of the thinking before the tool calls. */
  readonly reasoning?: string;
  /** Gemini: the signature of the call. */
  readonly signature?: string;
  /** OpenRouter: fields of the message. */
  readonly message?: JsonRecord;
  /** Servers that speak OpenAI's format: fields of the tool call. */
  readonly call?: JsonRecord;
}

/**
 * A symbol property survives core, which passes messages and tool calls on as they are, and hooks that copy a message,
 * but is not sent to a provider.
 */
const carriedKey = Symbol("node-llm-trpc.carried");

type Carrier = (Message | ToolCall) & { [carriedKey]?: Carried };

/** Attaches what a provider wants back to the message or the tool call, in addition to what is already there. */
export function carry<Target extends Message | ToolCall>(target: Target, carried: Carried): Target {
  const given = Object.entries(carried).filter(([, value]) => value?.length !== 0);
  if (given.length === 0) return target;
  return { ...target, [carriedKey]: { ...carriedBy(target), ...Object.fromEntries(given) } };
}

/** The message without what its provider wants back, for another one. */
export function uncarried(message: Message): Message {
  const strip = <Target extends Carrier>({ [carriedKey]: _carried, ...rest }: Target) => rest;
  const { tool_calls: calls, ...rest } = strip(message);
  return { ...rest, ...(calls === undefined ? {} : { tool_calls: calls.map(strip) }) };
}

/** What was attached to a message or a tool call. */
export function carriedBy(carrier: Carrier | undefined): Carried {
  return carrier?.[carriedKey] ?? {};
}

/** What was attached to an assistant message, or to the first of its tool calls. */
export function carriedByMessage(message: Message): Carried {
  return { ...carriedBy(message.tool_calls?.[0]), ...carriedBy(message) };
}

/** What is stored with a tool call, as `thoughtSignature`; null for nothing. `decodeSignature` is its inverse. */
export function encodeSignature({ signature, message, call }: Carried): string | null {
  if (signature !== undefined) return signature;
  return message === undefined && call === undefined ? null : JSON.stringify({ message, call });
}

/** What `encodeSignature` stored, or the signature of another writer. */
export function decodeSignature(text: string | null): Carried {
  if (text === null || text === "") return {};
  const stored = text.startsWith("{") ? parseJson(text) : undefined;
  if (stored === undefined) return { signature: text };
  const { message, call } = asRecord(stored);
  return { ...(isRecord(message) ? { message } : {}), ...(isRecord(call) ? { call } : {}) };
}
