import type { ChatEvent } from "../chat/chat-event.ts";
import type { ChatToolCall } from "../chat/chat-message.ts";
import { LiveMessage } from "../chat/live-message.ts";
import type { Database } from "../orm/database.ts";
import { recoverMessage } from "../orm/recover.ts";
import type { ChunkRow, MessageRow } from "../orm/rows.ts";
import { toChatToolCall } from "../orm/turn-state.ts";
import type { SavedMessage } from "./saved-message.ts";
import { readMessage } from "./saved-message.ts";

/** How often it is asked whether the producer still lives, in milliseconds. */
const recoverMs = 1_000;

/**
 * An answer that another process produces, put together from what that process saves and from what a hub
 * hands on. Both say where their text belongs, so that it does not matter which of them is ahead.
 */
export class FollowedMessage {
  readonly live: LiveMessage;
  readonly #saved = { text: 0, thinking: 0 };
  readonly #savedTools = new Set<string>();
  readonly #tools = new Map<string, ChatToolCall>();
  #seq = -1;
  #recoveredAt = -Infinity;
  #early: readonly ChatEvent[] = [];

  constructor({ message, chunks }: SavedMessage) {
    this.live = new LiveMessage(message);
    for (const call of message.toolCalls) this.#tools.set(call.toolCallId, call);
    this.#toEvents(chunks, new Map());
  }

  /** True while the hub has told of text behind the end of what is known here. */
  get hasGap(): boolean {
    return this.#early.length > 0;
  }

  /** Takes what a hub hands on, in its order. What lies behind a gap waits until the gap is closed. */
  receive(events: readonly ChatEvent[]): void {
    const waiting = [...this.#early, ...events];
    const gap = waiting.findIndex((event) => !this.#apply(event));
    this.#early = gap === -1 ? [] : waiting.slice(gap);
  }

  /**
   * Reads what has been saved since: one statement while text comes, and a look at the message when none does.
   * True when the database knew more than the hub had told.
   */
  async poll(db: Database): Promise<boolean> {
    const { live } = this;
    const before = live.cursor;
    if (!(await this.#readChunks(db))) {
      const row = await db.message.findFirst({ where: { id: live.id } });
      if (row === null) {
        live.finish({ ...live.snapshot(), status: "stopped" });
        return true;
      }
      const ended = row.turnLock == null ? row : await this.#recover(db, row);
      if (ended !== null) {
        live.finish(await readMessage(db, ended));
        return true;
      }
    }
    this.receive([]);
    const now = live.cursor;
    return (
      now.content > before.content || now.thinking > before.thinking || now.tools > before.tools
    );
  }

  /** Once in a while is enough: it takes seconds until a producer counts as gone. */
  async #recover(db: Database, row: MessageRow): Promise<MessageRow | null> {
    const now = performance.now();
    if (now - this.#recoveredAt < recoverMs) return null;
    this.#recoveredAt = now;
    return recoverMessage(db, row);
  }

  /** False when nothing has been saved since, not even a sign of life. */
  async #readChunks(db: Database): Promise<boolean> {
    const where = { messageId: this.live.id, seq: { gt: this.#seq } };
    const chunks = (await db.chunk?.findMany({ where, orderBy: { seq: "asc" } })) ?? [];
    const hasTools = this.#savedTools.size > 0 || chunks.some((chunk) => chunk.kind === "tool");
    const rows = hasTools ? await db.toolCall.findMany({ where: { messageId: this.live.id } }) : [];
    const calls = new Map(rows.map((call) => [call.toolCallId, toChatToolCall(call)]));
    for (const event of this.#toEvents(chunks, calls)) this.#apply(event);
    for (const id of this.#savedTools) {
      const toolCall = calls.get(id);
      if (toolCall !== undefined) this.#apply({ type: "tool", toolCall });
    }
    return chunks.length > 0;
  }

  #toEvents(chunks: readonly ChunkRow[], calls: ReadonlyMap<string, ChatToolCall>): ChatEvent[] {
    const events: ChatEvent[] = [];
    for (const { seq, kind, text } of chunks) {
      this.#seq = seq;
      if (kind === "text" || kind === "thinking") {
        events.push({ type: kind, at: this.#saved[kind], text });
        this.#saved[kind] += text.length;
      } else if (kind === "tool") {
        this.#savedTools.add(text);
        const toolCall = calls.get(text);
        if (toolCall !== undefined) events.push({ type: "tool", toolCall });
      }
    }
    return events;
  }

  /** False for a text behind a gap. */
  #apply(event: ChatEvent): boolean {
    const { live } = this;
    if (event.type === "text" || event.type === "thinking") {
      const { content, thinking } = live.cursor;
      const length = event.type === "text" ? content : thinking;
      if (event.at > length) return false;
      live.append(event.type, event.text.slice(length - event.at));
    } else if (event.type === "tool") this.#setToolCall(event.toolCall);
    else if (event.type === "done") live.finish(event.message);
    return true;
  }

  #setToolCall(call: ChatToolCall): void {
    const known = this.#tools.get(call.toolCallId);
    if (known?.status === call.status && known.result === call.result) return;
    if (known !== undefined && known.result !== null) return;
    this.#tools.set(call.toolCallId, call);
    this.live.setToolCall(call);
  }
}
