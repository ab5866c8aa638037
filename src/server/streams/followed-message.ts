import type { ChatEvent } from "../../chat/chat-event.ts";
import type { ChatMessage, ChatToolCall } from "../../chat/chat-message.ts";
import { Answer } from "../../chat/answer.ts";
import type { Database } from "../../orm/database/database.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { ChunkRow, MessageRow } from "../../orm/database/rows.ts";
import { toChatToolCall } from "../../orm/messages/to-chat-message.ts";
import type { SavedMessage } from "./saved-message.ts";
import { readMessage, readSaved } from "./saved-message.ts";

/** How often it is asked whether the producer still lives, in milliseconds. */
const recoverMs = 1_000;

/**
 * An answer that another process produces, put together from what that process saves and from what a hub
 * hands on. Both say where their text belongs, so that it does not matter which of them is ahead.
 */
export class FollowedMessage {
  readonly live: Answer;
  readonly #saved = { text: 0, thinking: 0 };
  readonly #savedTools = new Set<string>();
  readonly #tools = new Map<string, ChatToolCall>();
  #seq = -1;
  #recoveredAt = -Infinity;
  #early: readonly ChatEvent[] = [];
  #mayWait = false;

  constructor({ message, chunks }: SavedMessage) {
    this.live = new Answer(message);
    for (const call of message.toolCalls) this.#tools.set(call.toolCallId, call);
    for (const { kind, text } of chunks) if (kind === "tool") this.#savedTools.add(text);
    this.#start(message, chunks);
  }

  /** True when the hub has told of an end that the database is to confirm. */
  get mayWait(): boolean {
    return this.#mayWait;
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
    this.#mayWait = false;
    const before = live.cursor;
    const where = { messageId: live.id, seq: { gt: this.#seq } };
    const chunks = (await db.chunk?.findMany({ where, orderBy: { seq: "asc" } })) ?? [];
    const isFolded = this.#isFolded(chunks);
    if (chunks.length === 0 || isFolded) {
      const row = await db.message.findFirst({ where: { id: live.id } });
      if (row === null) {
        live.finish({ ...live.snapshot(), status: "stopped" });
        return true;
      }
      const isOver = row.turnLock == null || row.status === "awaiting_approval";
      const ended = isOver ? row : await this.#recover(db, row);
      if (ended !== null) {
        live.finish(await readMessage(db, ended));
        return true;
      }
      if (isFolded) this.#rebase(await readSaved(db, row));
    }
    if (!isFolded) await this.#take(db, chunks);
    this.receive([]);
    const now = live.cursor;
    return (
      now.content > before.content ||
      now.thinking > before.thinking ||
      now.tools > before.tools ||
      now.decisions > before.decisions
    );
  }

  /** Once in a while is enough: it takes seconds until a producer counts as gone. */
  async #recover(db: Database, row: MessageRow): Promise<MessageRow | null> {
    const now = performance.now();
    if (now - this.#recoveredAt < recoverMs) return null;
    this.#recoveredAt = now;
    return recoverMessage(db, row);
  }

  /** True when pieces that were not read here have become part of the message: it waited, and goes on. */
  #isFolded(chunks: readonly ChunkRow[]): boolean {
    const [first] = chunks;
    const isBehind = first !== undefined && first.seq > this.#seq + 1;
    return isBehind || chunks.some((chunk) => chunk.kind === "approval");
  }

  /** Goes on from the message as it is saved. */
  #rebase({ message, chunks }: SavedMessage): void {
    const at = { text: 0, thinking: 0 };
    for (const part of message.parts) {
      if (part.type !== "tool") {
        this.#apply({ type: part.type, at: at[part.type], text: part.text });
        at[part.type] += part.text.length;
      } else {
        const toolCall = message.toolCalls.find((call) => call.toolCallId === part.toolCallId);
        if (toolCall !== undefined) this.#apply({ type: "tool", toolCall });
      }
    }
    this.#start(message, chunks);
  }

  #start(message: ChatMessage, chunks: readonly ChunkRow[]): void {
    for (const { toolCallId } of message.toolCalls) this.#savedTools.add(toolCallId);
    this.#seq = chunks.at(-1)?.seq ?? this.#seq;
    this.#saved.text = message.content.length;
    this.#saved.thinking = message.thinking?.length ?? 0;
  }

  async #take(db: Database, chunks: readonly ChunkRow[]): Promise<void> {
    const hasTools = this.#savedTools.size > 0 || chunks.some((chunk) => chunk.kind === "tool");
    const rows = hasTools ? await db.toolCall.findMany({ where: { messageId: this.live.id } }) : [];
    const calls = new Map(rows.map((call) => [call.toolCallId, toChatToolCall(call)]));
    for (const event of this.#toEvents(chunks, calls)) this.#apply(event);
    for (const id of this.#savedTools) {
      const toolCall = calls.get(id);
      if (toolCall !== undefined) this.#apply({ type: "tool", toolCall });
    }
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
    else if (event.type === "done") this.#finish(event.message);
    return true;
  }

  /** One that waits may go on before this is heard of: whether it waits is for the database to say. */
  #finish(message: ChatMessage): void {
    if (message.status === "awaiting_approval") this.#mayWait = true;
    else this.live.finish(message);
  }

  #setToolCall(call: ChatToolCall): void {
    const known = this.#tools.get(call.toolCallId);
    if (known?.status === call.status && known.result === call.result) return;
    if (known !== undefined && known.result !== null) return;
    this.#tools.set(call.toolCallId, call);
    this.live.setToolCall(call);
  }
}
