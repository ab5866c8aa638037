import { applyEvent } from "./apply-event.ts";
import type { ChatEvent } from "./chat-event.ts";
import type { ChatMessage, ChatToolCall, MessagePart } from "./chat-message.ts";
import type { StreamCursor } from "./stream-cursor.ts";
import { TextLog } from "../shared/text-log.ts";

type LivePart =
  | { readonly type: "text" | "thinking"; readonly start: number; end: number }
  | { readonly type: "tool"; readonly toolCallId: string };

interface LiveToolCall {
  call: ChatToolCall;
  /** Which change of a tool call it was that it began, or ended. */
  changedAt: number;
  /** Which approval it was that let it run; 0 when it needed none. */
  readonly decidedAt: number;
}

/** What a reader has not seen yet, and the cursor behind it. */
export interface StreamDelta {
  readonly events: readonly ChatEvent[];
  readonly cursor: StreamCursor;
}

/**
 * An answer in progress, held where it is produced or followed. Readers have no queue: each one keeps
 * a cursor and asks for what lies behind it, so a slow reader costs nothing and chunks that arrive
 * between two reads merge by themselves. The cost of a read is that of the text that it returns.
 */
export class LiveMessage {
  readonly #base: ChatMessage;
  readonly #content = new TextLog();
  readonly #thinking = new TextLog();
  readonly #parts: LivePart[] = [];
  readonly #toolCalls = new Map<string, LiveToolCall>();
  #toolChanges = 0;
  #decisions = 0;
  #waitedMs = 0;
  #status: ChatMessage["status"];
  #final: ChatMessage | null = null;
  #waiting = new Set<() => void>();

  constructor(message: ChatMessage) {
    this.#base = message;
    this.#status = message.status;
    for (const part of message.parts) {
      if (part.type !== "tool") this.append(part.type, part.text);
      else {
        const call = message.toolCalls.find((one) => one.toolCallId === part.toolCallId);
        if (call !== undefined) this.setToolCall(call);
      }
    }
    // In which order they changed is not known: a reader that lacks one change gets all of them.
    for (const [id, { call }] of this.#toolCalls) {
      const decidedAt = call.status === "running" ? (this.#decisions = 1) : 0;
      this.#toolCalls.set(id, { call, changedAt: this.#toolChanges, decidedAt });
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

  get cursor(): StreamCursor {
    return {
      content: this.#content.length,
      thinking: this.#thinking.length,
      tools: this.#toolChanges,
      decisions: this.#decisions,
    };
  }

  /** For how long, in milliseconds, the newest text had been gathered: who gathers it again waits that much less. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  append(type: "text" | "thinking", text: string, waitedMs = 0): void {
    if (text === "" || this.#final !== null) return;
    this.#waitedMs = waitedMs;
    const log = type === "text" ? this.#content : this.#thinking;
    const start = log.length;
    log.append(text);
    const last = this.#parts.at(-1);
    if (last?.type === type) last.end = log.length;
    else this.#parts.push({ type, start, end: log.length });
    this.#status = "streaming";
    this.#wake();
  }

  /** Adds a tool call, or replaces the state of a known one; a finished one stays as it is. */
  setToolCall(call: ChatToolCall): void {
    if (this.#final !== null) return;
    const known = this.#toolCalls.get(call.toolCallId);
    if (known !== undefined && known.call.result !== null) return;
    // A row that was read before the call was allowed.
    if (known?.call.status === "running" && call.status === "awaiting_approval") return;
    if (known === undefined) {
      this.#parts.push({ type: "tool", toolCallId: call.toolCallId });
      this.#toolChanges++;
    }
    if (call.result !== null) this.#toolChanges++;
    const isChange = known === undefined || call.result !== null;
    const isDecision = !isChange && known.call.status !== call.status;
    this.#toolCalls.set(call.toolCallId, {
      call,
      changedAt: isChange ? this.#toolChanges : known.changedAt,
      decidedAt: isDecision ? ++this.#decisions : (known?.decidedAt ?? 0),
    });
    this.#status = call.status === "awaiting_approval" ? "awaiting_approval" : "streaming";
    this.#wake();
  }

  finish(message: ChatMessage): void {
    if (this.#final !== null) return;
    this.#final = message;
    this.#wake();
  }

  /** The whole message as it stands now. */
  snapshot(): ChatMessage {
    if (this.#final !== null) return this.#final;
    return {
      ...this.#base,
      status: this.#status,
      content: this.#content.toString(),
      thinking: this.#thinking.length === 0 ? null : this.#thinking.toString(),
      parts: this.#parts.map((part) => this.#toPart(part)),
      toolCalls: [...this.#toolCalls.values()].map((entry) => entry.call),
    };
  }

  /** What lies behind the cursor, in the order in which it was produced; null for a cursor that is ahead. */
  since(cursor: StreamCursor): StreamDelta | null {
    const now = this.cursor;
    if (this.#final !== null) {
      return { events: [{ type: "done", message: this.#final }], cursor: now };
    }
    const ahead =
      cursor.content > now.content || cursor.thinking > now.thinking || cursor.tools > now.tools;
    if (ahead) return null;
    const events: ChatEvent[] = [];
    for (let index = this.#firstUnseen(cursor); index < this.#parts.length; index++) {
      const event = this.#eventSince(this.#parts[index], cursor);
      if (event !== null) events.push(event);
    }
    for (const event of this.#toolStatesSince(cursor, events)) events.push(event);
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

  /** Calls back at the next change, once, unless it is forgotten before. */
  onceChanged(callback: () => void): void {
    this.#waiting.add(callback);
  }

  forget(callback: () => void): void {
    this.#waiting.delete(callback);
  }

  #wake(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }

  #toPart(part: LivePart): MessagePart {
    if (part.type === "tool") return part;
    const log = part.type === "text" ? this.#content : this.#thinking;
    return { type: part.type, text: log.slice(part.start, part.end) };
  }

  /** Searches from the end: a reader that keeps up has all parts but the last. */
  #firstUnseen(cursor: StreamCursor): number {
    let index = this.#parts.length;
    while (index > 0) {
      const part = this.#parts[index - 1];
      if (part === undefined || this.#isSeen(part, cursor)) break;
      index--;
    }
    return index;
  }

  #isSeen(part: LivePart, cursor: StreamCursor): boolean {
    if (part.type === "tool") {
      return (this.#toolCalls.get(part.toolCallId)?.changedAt ?? 0) <= cursor.tools;
    }
    return part.end <= (part.type === "text" ? cursor.content : cursor.thinking);
  }

  #eventSince(part: LivePart | undefined, cursor: StreamCursor): ChatEvent | null {
    if (part === undefined || this.#isSeen(part, cursor)) return null;
    if (part.type === "tool") {
      const entry = this.#toolCalls.get(part.toolCallId);
      return entry === undefined ? null : { type: "tool", toolCall: entry.call };
    }
    const seen = part.type === "text" ? cursor.content : cursor.thinking;
    const at = Math.max(part.start, seen);
    const log = part.type === "text" ? this.#content : this.#thinking;
    return { type: part.type, at, text: log.slice(at, part.end) };
  }

  /** Calls whose part the reader has: they have ended since then, or been allowed. */
  #toolStatesSince(cursor: StreamCursor, events: readonly ChatEvent[]): ChatEvent[] {
    if (cursor.tools === this.#toolChanges && cursor.decisions === this.#decisions) return [];
    const sent = new Set(
      events.map((event) => (event.type === "tool" ? event.toolCall.toolCallId : "")),
    );
    return [...this.#toolCalls.values()]
      .filter(
        ({ call, changedAt, decidedAt }) =>
          !sent.has(call.toolCallId) &&
          (changedAt > cursor.tools || (call.result === null && decidedAt > cursor.decisions)),
      )
      .map((entry) => ({ type: "tool", toolCall: entry.call }));
  }
}

/** Applies what a reader received, in order. */
export function applyEvents(message: ChatMessage, events: readonly ChatEvent[]): ChatMessage {
  return events.reduce(applyEvent, message);
}
