import { TextLog } from "../shared/text-log.ts";
import type { FoldedPart, TextKind } from "./answer-fold.ts";
import { AnswerFold, joinText } from "./answer-fold.ts";
import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage, ChatToolCall } from "./chat-message.ts";
import type { StreamCursor } from "./stream-cursor.ts";

/** When a tool call last changed, counted in changes and in decisions of this answer; 0 for never. */
interface CallChange {
  readonly changedAt: number;
  readonly decidedAt: number;
}

/** What a reader has not seen yet, and the cursor after it. */
export interface StreamDelta {
  readonly events: readonly ChatEvent[];
  readonly cursor: StreamCursor;
}

/**
 * The assistant message while it is produced, in the process that produces it or in one that reads it from elsewhere.
 *
 * Readers have no queue: each one keeps a cursor and asks for what comes after it. So a slow reader costs nothing, and
 * chunks that arrive between two reads become one event. A read costs as much as the text that it returns, however long
 * the answer is.
 */
export class Answer {
  readonly #base: ChatMessage;
  readonly #fold: AnswerFold;
  readonly #callChanges = new Map<string, CallChange>();
  #toolChanges = 0;
  #decisions = 0;
  #waitedMs = 0;
  #final: ChatMessage | null = null;
  #waiting = new Set<() => void>();

  /** @param message the answer so far, usually its empty placeholder. */
  constructor(message: ChatMessage) {
    this.#base = message;
    this.#fold = new AnswerFold(() => new TextLog(), message);
    for (const { result } of message.toolCalls) this.#toolChanges += result === null ? 1 : 2;
    for (const { toolCallId, status } of message.toolCalls) {
      // The order of the changes is not known: a reader that lacks one of them gets all of them.
      if (status === "running") this.#decisions = 1;
      const decidedAt = status === "running" ? 1 : 0;
      this.#callChanges.set(toolCallId, { changedAt: this.#toolChanges, decidedAt });
    }
  }

  get id(): string {
    return this.#base.id;
  }

  get chatId(): string {
    return this.#base.chatId;
  }

  /** The message as it ended; null while it is in progress. */
  get final(): ChatMessage | null {
    return this.#final;
  }

  /** The cursor of a reader that has seen everything. */
  get cursor(): StreamCursor {
    return {
      content: this.#fold.lengths.text,
      thinking: this.#fold.lengths.thinking,
      tools: this.#toolChanges,
      decisions: this.#decisions,
    };
  }

  /** Milliseconds for which the newest text was gathered before it came here: a reader waits that much less. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Adds text. Does nothing after the end. */
  append(type: TextKind, text: string, waitedMs = 0): void {
    if (text === "" || this.#final !== null) return;
    this.#waitedMs = waitedMs;
    this.#fold.append(type, text);
    this.#wake();
  }

  /** Adds a tool call, or moves a known one on. Does nothing after the end. */
  setToolCall(call: ChatToolCall): void {
    if (this.#final !== null) return;
    const change = this.#fold.setToolCall(call);
    if (change === null) return;
    if (change === "added") this.#toolChanges++;
    if (call.result !== null) this.#toolChanges++;
    const known = this.#callChanges.get(call.toolCallId);
    this.#callChanges.set(call.toolCallId, {
      changedAt:
        change === "added" || call.result !== null ? this.#toolChanges : (known?.changedAt ?? 0),
      decidedAt:
        change === "moved" && call.result === null ? ++this.#decisions : (known?.decidedAt ?? 0),
    });
    this.#wake();
  }

  /** Ends the answer with the message as it was stored. */
  finish(message: ChatMessage): void {
    if (this.#final !== null) return;
    this.#final = message;
    this.#wake();
  }

  /** The whole message as it stands now. */
  snapshot(): ChatMessage {
    if (this.#final !== null) return this.#final;
    const { status, parts, toolCalls, lengths } = this.#fold;
    return {
      ...this.#base,
      status,
      content: joinText(parts, "text"),
      thinking: lengths.thinking === 0 ? null : joinText(parts, "thinking"),
      parts: this.#fold.view(),
      toolCalls: [...toolCalls.values()],
    };
  }

  /** What comes after the cursor, in the order in which it was produced; null for a cursor that is ahead. */
  since(cursor: StreamCursor): StreamDelta | null {
    const now = this.cursor;
    if (this.#final !== null) {
      return { events: [{ type: "done", message: this.#final }], cursor: now };
    }
    const isAhead =
      cursor.content > now.content || cursor.thinking > now.thinking || cursor.tools > now.tools;
    if (isAhead) return null;
    const { parts } = this.#fold;
    const events: ChatEvent[] = [];
    for (let index = this.#firstUnseen(cursor); index < parts.length; index++) {
      const event = this.#eventSince(parts[index], cursor);
      if (event !== null) events.push(event);
    }
    for (const event of this.#callsSince(cursor, events)) events.push(event);
    return { events, cursor: now };
  }

  /** Resolves at the next change, or when the signal aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.forget(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.onceChanged(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  /** Calls back once, at the next change, unless `forget` is called before. */
  onceChanged(callback: () => void): void {
    this.#waiting.add(callback);
  }

  /** Takes back a callback of `onceChanged`. */
  forget(callback: () => void): void {
    this.#waiting.delete(callback);
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }

  /** Searches from the end: a reader that keeps up has all parts but the last. */
  #firstUnseen(cursor: StreamCursor): number {
    const { parts } = this.#fold;
    let index = parts.length;
    while (index > 0) {
      const part = parts[index - 1];
      if (part === undefined || this.#isSeen(part, cursor)) break;
      index--;
    }
    return index;
  }

  #isSeen(part: FoldedPart, cursor: StreamCursor): boolean {
    if (part.type !== "tool") return part.start + part.text.length <= offsetOf(part.type, cursor);
    return (this.#callChanges.get(part.toolCallId)?.changedAt ?? 0) <= cursor.tools;
  }

  #eventSince(part: FoldedPart | undefined, cursor: StreamCursor): ChatEvent | null {
    if (part === undefined || this.#isSeen(part, cursor)) return null;
    if (part.type === "tool") {
      const toolCall = this.#fold.toolCalls.get(part.toolCallId);
      return toolCall === undefined ? null : { type: "tool", toolCall };
    }
    const { type, start, text } = part;
    const at = Math.max(start, offsetOf(type, cursor));
    return { type, at, text: text.slice(at - start) };
  }

  /** Calls whose part the reader has seen, and which have since ended or been approved. */
  #callsSince(cursor: StreamCursor, events: readonly ChatEvent[]): ChatEvent[] {
    if (cursor.tools === this.#toolChanges && cursor.decisions === this.#decisions) return [];
    const sent = new Set(
      events.map((event) => (event.type === "tool" ? event.toolCall.toolCallId : "")),
    );
    return [...this.#fold.toolCalls.values()].flatMap((toolCall): ChatEvent[] => {
      const change = this.#callChanges.get(toolCall.toolCallId);
      if (change === undefined || sent.has(toolCall.toolCallId)) return [];
      const isDecided = toolCall.result === null && change.decidedAt > cursor.decisions;
      return change.changedAt > cursor.tools || isDecided ? [{ type: "tool", toolCall }] : [];
    });
  }
}

function offsetOf(type: TextKind, cursor: StreamCursor): number {
  return type === "text" ? cursor.content : cursor.thinking;
}
