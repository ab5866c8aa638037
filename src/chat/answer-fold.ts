import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage, ChatToolCall, MessagePart, MessageStatus } from "./chat-message.ts";

/** The two kinds of text that a model produces. */
export type TextKind = "text" | "thinking";

/** A text that can be appended to. `TextLog` is cheap to read; a plain string will do where few read it. */
export interface GrowingText {
  readonly length: number;
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
  | { readonly type: "tool"; readonly toolCallId: string };

/** The fields of a tool call that the fold reads. */
export type FoldedCall = Pick<ChatToolCall, "toolCallId" | "result" | "status">;

/** What a fold begins with. Text of `content` and `thinking` that is in none of the parts goes to the end. */
interface Start<Call> {
  readonly status: MessageStatus;
  readonly content: string;
  readonly thinking: string | null;
  readonly parts: readonly (MessagePart & { readonly signature?: string | null })[];
  readonly toolCalls: readonly Call[];
}

/**
 * Accumulates an answer from text and tool calls. The turn that produces the answer, the copy that its readers share,
 * recovery and `applyEvent` all use this fold, so they always agree. Its rules:
 *
 * - Text is appended to the last part if that is of the same kind and not signed. Otherwise it starts a new part.
 * - A tool call stays where it first appeared. It never changes after it has a result, and never goes back from
 *   `running` to `awaiting_approval`.
 */
export class AnswerFold<
  Call extends FoldedCall = ChatToolCall,
  Text extends GrowingText = GrowingText,
> {
  readonly parts: FoldedPart<Text>[] = [];
  readonly toolCalls = new Map<string, Call>();
  /** The length of all text of each kind, in UTF-16 code units. */
  readonly lengths = { text: 0, thinking: 0 };
  status: MessageStatus;
  readonly #createText: () => Text;

  constructor(
    createText: () => Text,
    { status, content, thinking, parts, toolCalls }: Start<Call>,
  ) {
    this.#createText = createText;
    for (const part of parts) {
      if (part.type === "tool") this.parts.push(part);
      else {
        this.append(part.type, part.text);
        if (part.signature) this.sign(part.signature);
      }
    }
    this.append("thinking", (thinking ?? "").slice(this.lengths.thinking));
    this.append("text", content.slice(this.lengths.text));
    for (const call of toolCalls) this.toolCalls.set(call.toolCallId, call);
    this.status = status;
  }

  /** @param isNew true to start a new part in any case. */
  append(type: TextKind, text: string, isNew = false): void {
    if (!text) return;
    const last = this.parts.at(-1);
    if (!isNew && last && last.type !== "tool" && last.type === type && !last.signature)
      last.text.append(text);
    else {
      const part = { type, start: this.lengths[type], text: this.#createText() };
      part.text.append(text);
      this.parts.push(part);
    }
    this.lengths[type] += text.length;
    this.status = "streaming";
  }

  /** Signs the newest thinking part. */
  sign(signature: string): void {
    const last = this.parts.findLast((part): part is FoldedText<Text> => part.type === "thinking");
    if (last) last.signature = signature;
  }

  /**
   * Adds a tool call, or updates a known one.
   *
   * @returns true when it changed anything.
   */
  setToolCall(call: Call): boolean {
    const { toolCallId, result, status } = call;
    const known = this.toolCalls.get(toolCallId);
    if (
      known &&
      (known.result !== null ||
        (result === null && (known.status === status || status === "awaiting_approval")))
    )
      return false;
    if (!known) this.parts.push({ type: "tool", toolCallId });
    this.toolCalls.set(toolCallId, call);
    this.status = status === "awaiting_approval" ? status : "streaming";
    return true;
  }

  /**
   * The parts as a message has them: neighbors of the same kind are one part.
   *
   * @param before the parts of an earlier view. Those that have not changed are returned as the same objects.
   */
  view(before: readonly MessagePart[] = []): readonly MessagePart[] {
    const parts = mergeNeighbors(
      this.parts.map((part) =>
        part.type === "tool" ? part : { type: part.type, text: String(part.text) },
      ),
    );
    return parts.map((part, index) => {
      const old = before[index];
      if (part.type === "tool") return old?.type === "tool" ? old : part;
      return old?.type === part.type && old.text.length === part.text.length ? old : part;
    });
  }
}

/**
 * Folds an event. Ignores text that the fold already has, and text after a gap.
 *
 * @returns true when the event changed anything.
 */
export function foldEvent(
  fold: AnswerFold,
  event: Exclude<ChatEvent, { readonly message: ChatMessage }>,
): boolean {
  if (event.type === "tool") return fold.setToolCall(event.toolCall);
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

/** The parts, with neighbors of one kind of text as one: readers do not see where a provider signed its thinking. */
export function mergeNeighbors(parts: readonly MessagePart[]): MessagePart[] {
  const merged: MessagePart[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part.type === "tool" || last?.type !== part.type) merged.push(part);
    else merged.splice(-1, 1, { type: part.type, text: last.text + part.text });
  }
  return merged;
}
