import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage, ChatToolCall, MessagePart, MessageStatus } from "./chat-message.ts";

/** The two kinds of text that a model produces. */
export type TextKind = "text" | "thinking";

/** A text that is appended to. `TextLog` is one that reads cheaply; a string does where few look. */
export interface GrowingText {
  readonly length: number;
  append(text: string): void;
  /** The text from `start` on. */
  slice(start: number): string;
  toString(): string;
}

/** A stretch of text, and where it begins in all text of its kind. */
export interface FoldedText {
  readonly type: TextKind;
  readonly start: number;
  readonly text: GrowingText;
  /** The provider's signature of a stretch of thinking, which closes it. */
  signature?: string;
}

export type FoldedPart = FoldedText | { readonly type: "tool"; readonly toolCallId: string };

/** What the fold looks at in a tool call. */
export type FoldedCall = Pick<ChatToolCall, "toolCallId" | "result" | "status">;

interface Start<Call> {
  readonly status: MessageStatus;
  /** Text that no part has comes last. */
  readonly content: string;
  readonly thinking: string | null;
  readonly parts: readonly (MessagePart & { readonly signature?: string | null })[];
  readonly toolCalls: readonly Call[];
}

/**
 * The one accumulator of an answer. The turn that produces it, the readers' copy, recovery and, as an immutable view,
 * `applyEvent` all fold text and tool calls by these rules:
 *
 * - Text continues the last part when that has its kind and no signature, and begins a part otherwise.
 * - A tool call keeps the place where it first appeared. One with a result never changes again, and one that runs
 *   never waits for approval again.
 */
export class AnswerFold<Call extends FoldedCall = ChatToolCall> {
  readonly parts: FoldedPart[] = [];
  readonly toolCalls = new Map<string, Call>();
  /** UTF-16 units of each kind of text. */
  readonly lengths = { text: 0, thinking: 0 };
  status: MessageStatus;
  readonly #createText: () => GrowingText;

  constructor(
    createText: () => GrowingText,
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

  /** @param isNew begins a part in any case. */
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

  /** Adds the provider's signature to the newest thinking. */
  sign(signature: string): void {
    const last = this.parts.findLast((part): part is FoldedText => part.type === "thinking");
    if (last) last.signature = signature;
  }

  /** Adds a call or moves it on; says how it changed, or null when it did not. */
  setToolCall(call: Call): "added" | "moved" | null {
    const { toolCallId, result, status } = call;
    const known = this.toolCalls.get(toolCallId);
    if (
      known &&
      (known.result !== null ||
        (result === null && (known.status === status || status === "awaiting_approval")))
    )
      return null;
    if (!known) this.parts.push({ type: "tool", toolCallId });
    this.toolCalls.set(toolCallId, call);
    this.status = status === "awaiting_approval" ? status : "streaming";
    return known ? "moved" : "added";
  }

  /** The parts, with neighbours of one kind as one; equal ones are the objects of `before`. */
  view(before: readonly MessagePart[] = []): readonly MessagePart[] {
    const parts: MessagePart[] = [];
    for (const part of this.parts) {
      const last = parts.at(-1);
      if (part.type === "tool") parts.push(part);
      else if (last?.type === part.type)
        parts.splice(-1, 1, { type: part.type, text: last.text + String(part.text) });
      else parts.push({ type: part.type, text: String(part.text) });
    }
    return parts.map((part, index) => {
      const old = before[index];
      const isSame =
        part.type === "tool"
          ? old?.type === "tool"
          : old?.type === part.type && old.text.length === part.text.length;
      return old && isSame ? old : part;
    });
  }
}

/** Adds what an event brings, as far as it is not known; says whether that changed anything. */
export function receive(
  fold: AnswerFold,
  event: Exclude<ChatEvent, { readonly message: ChatMessage }>,
): boolean {
  if (event.type === "tool") return fold.setToolCall(event.toolCall) !== null;
  const known = fold.lengths[event.type];
  const text = event.at > known ? "" : event.text.slice(known - event.at);
  fold.append(event.type, text);
  return text !== "";
}

/** All text of one kind. */
export function joinText(parts: readonly FoldedPart[], kind: TextKind): string {
  return parts.map((part) => (part.type === kind ? String(part.text) : "")).join("");
}
