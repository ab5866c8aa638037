import type { ReadonlyLazyMap } from "../shared/collections/lazy-map.ts";
import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage, DataPart, MessagePart, MessageStatus } from "./chat-message.ts";
import { isWaiting } from "./chat-message.ts";
import type { ChatToolCall, LiveToolCall } from "./tool-call.ts";

/** The two kinds of text that a model produces. */
export type TextKind = "text" | "thinking";

/** A text that can be appended to. `TextLog` is cheap to read; a plain string will do where few read it. */
export interface GrowingText {
  append(text: string): void;
  toString(): string;
}

/** A part with text. */
export interface FoldedText<Text extends GrowingText = GrowingText> {
  readonly type: TextKind;
  /** The offset of the part in all text of its kind. */
  readonly start: number;
  readonly text: Text;
  /** The provider's signature of a thinking part, which closes the part. */
  signature?: string;
}

/** A part of an answer while it is folded. */
export type FoldedPart<Text extends GrowingText = GrowingText> =
  | FoldedText<Text>
  | LiveDataPart
  | { readonly type: "tool"; readonly toolCallId: string };

/** The fields of a tool call that the fold reads. */
export type FoldedCall = Pick<LiveToolCall, "toolCallId" | "result" | "status" | "revision">;

/** A part with data while the answer is produced. `revision` rises each time that it is written. */
export type LiveDataPart = DataPart & { readonly revision?: number };

/** A part that a fold begins with. */
export type StartPart = MessagePart & { readonly signature?: string | null };

/** What a fold begins with. Text of `content` and `thinking` that is in none of the parts goes to the end. */
interface Start<Call> {
  readonly status: MessageStatus;
  readonly content: string;
  readonly thinking: string | null;
  readonly parts: readonly StartPart[];
  readonly toolCalls: readonly Call[];
}

/** The calls of an answer, by their ids. */
type CallMap<Call> = ReadonlyLazyMap<string, Call> & {
  set(toolCallId: string, call: Call): unknown;
};

/**
 * Accumulates an answer from text and tool calls. The turn that produces the answer, the copy that its readers share,
 * recovery and `applyEvent` all use this fold, so they always agree. Its rules:
 *
 * - Text is appended to the last part if that is of the same kind. Otherwise it starts a new part.
 * - Data stays where it was first written, and is replaced there.
 * - A tool call stays where it first appeared. It never changes after it has a result, and never goes back: from
 *   `running` to waiting, from `awaiting_output` to `awaiting_approval`, from that to `writing`, or to an earlier
 *   revision.
 */
export class AnswerFold<
  Call extends FoldedCall = ChatToolCall,
  Text extends GrowingText = GrowingText,
> {
  readonly parts: FoldedPart<Text>[] = [];
  readonly toolCalls: CallMap<Call>;
  /** The length of all text of each kind, in UTF-16 code units. */
  readonly lengths = { text: 0, thinking: 0 };
  declare status: MessageStatus;
  readonly #createText: () => Text;

  /** @param calls an empty map; on a server, one that takes no memory until there is a call. */
  constructor(
    createText: () => Text,
    { status, content, thinking, parts, toolCalls }: Start<Call>,
    calls: CallMap<Call> = new Map<string, Call>(),
  ) {
    this.#createText = createText;
    this.toolCalls = calls;
    for (const part of parts) this.addPart(part);
    this.append("thinking", thinking?.slice(this.lengths.thinking) ?? "");
    this.append("text", content.slice(this.lengths.text));
    for (const call of toolCalls) calls.set(call.toolCallId, call);
    this.status = status;
  }

  protected addPart(part: StartPart): void {
    if ("text" in part) this.append(part.type, part.text);
    else this.parts.push(part);
  }

  /** Starts an empty part. */
  protected startPart(type: TextKind): void {
    this.parts.push({ type, start: this.lengths[type], text: this.#createText() });
  }

  append(type: TextKind, text: string): void {
    if (!text) return;
    if (this.parts.at(-1)?.type !== type) this.startPart(type);
    const last = this.parts.at(-1);
    if (last && "text" in last) last.text.append(text);
    this.lengths[type] += text.length;
    this.status = "streaming";
  }

  /**
   * Adds a tool call, or updates a known one.
   *
   * @returns true when it changed anything.
   */
  setToolCall(call: Call): boolean {
    const { toolCallId, status } = call;
    const known = this.toolCalls.get(toolCallId);
    if (known && rankOf(call) <= rankOf(known)) return false;
    if (!known) this.parts.push({ type: "tool", toolCallId });
    this.toolCalls.set(toolCallId, call);
    this.status = isWaiting(status) ? status : "streaming";
    return true;
  }

  /** Adds data, or replaces it where it stands. */
  setData(part: LiveDataPart): true {
    const { parts } = this;
    const at = parts.findIndex(
      (one) => "data" in one && one.id === part.id && one.name === part.name,
    );
    parts[at < 0 ? parts.length : at] = part;
    this.status = "streaming";
    return true;
  }

  /**
   * The parts as a message has them.
   *
   * @param before the parts of an earlier view. Those that have not changed are returned as the same objects.
   */
  view(before: readonly MessagePart[] = []): readonly MessagePart[] {
    return this.parts.map((part, index) => {
      const old = before[index];
      if (!("text" in part)) return part;
      const text = String(part.text);
      return old?.type === part.type && old.text.length === text.length
        ? old
        : { type: part.type, text };
    });
  }
}

/** The statuses of a call without a result, in their order after `writing`. */
const statusOrder = ["awaiting_approval", "awaiting_output", "running", "error"];

/** How far a call has come: by its result, then by its status, then by its revision, which is far below a billion. */
function rankOf({ result, status, revision = 0 }: FoldedCall): number {
  return result === null ? statusOrder.indexOf(status) + revision / 1e9 : 9;
}

/**
 * Folds an event. Ignores text that the fold already has, and text after a gap.
 *
 * @returns true when the event changed anything.
 */
export function foldEvent(
  fold: AnswerFold,
  event: Exclude<ChatEvent, { readonly message: ChatMessage } | { readonly type: "object" }>,
): boolean {
  if (event.type === "tool") return fold.setToolCall(event.toolCall);
  if (event.type === "data") return fold.setData(event.part);
  const text = newText(event, fold.lengths[event.type]) ?? "";
  fold.append(event.type, text);
  return text !== "";
}

/** The part of an event's text that comes after the first `length` units. Null when text before it is missing. */
export function newText(
  { at, text }: { readonly at: number; readonly text: string },
  length: number,
): string | null {
  return at > length ? null : text.slice(length - at);
}

/** Joins all text of one kind. */
export function joinText(parts: readonly FoldedPart[], kind: TextKind): string {
  return parts.map((part) => (part.type === kind ? String(part.text) : "")).join("");
}
