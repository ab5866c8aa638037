import { Answer } from "../../chat/answer.ts";
import type { ChatEvent } from "../../chat/chat-event.ts";
import type { ChatMessage, ChatToolCall } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { toChatToolCall } from "../../orm/messages/to-chat-message.ts";
import type { StoredEntry } from "../../orm/turn/log-entry.ts";
import { readLog } from "../../orm/turn/log-entry.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { SavedMessage } from "./read-saved-message.ts";
import { readMessage, readSaved } from "./read-saved-message.ts";

/** How often to ask whether the producer still lives, in milliseconds. */
const recoverMs = 1_000;

/**
 * An answer that another process produces, put together from what that process saves and from what a hub delivers.
 * Both say where their text belongs, so it does not matter which of them is ahead.
 */
export class RemoteAnswer {
  readonly answer: Answer;
  /** How much of each kind of text the entries that were read have. */
  readonly #saved = { text: 0, thinking: 0 };
  /** The calls that have an entry in the log: their rows may change. */
  readonly #savedCalls = new Set<string>();
  /** The number of the newest entry that was read. */
  #seq = -1;
  #recoveredAt = -Infinity;
  /** What the hub delivered after a gap. */
  #early: readonly ChatEvent[] = [];
  #mayWait = false;

  constructor({ message, entries }: SavedMessage) {
    this.answer = new Answer(message);
    for (const entry of entries) if (entry.kind === "tool") this.#savedCalls.add(entry.toolCallId);
    this.#continueAfter(message, entries);
  }

  /** True when the hub has told of an end that only the database can confirm. */
  get mayWait(): boolean {
    return this.#mayWait;
  }

  /** True while the hub has delivered text after a gap. */
  get hasGap(): boolean {
    return this.#early.length > 0;
  }

  /** Takes what a hub delivers, in its order. What comes after a gap waits until the gap is closed. */
  receive(events: readonly ChatEvent[]): void {
    const waiting = [...this.#early, ...events];
    const gap = waiting.findIndex((event) => !this.#apply(event));
    this.#early = gap === -1 ? [] : waiting.slice(gap);
  }

  /**
   * Reads what was saved since the last time: one statement while text arrives, and a look at the message when none
   * does.
   *
   * @returns true when the database knew more than the hub had told.
   */
  async poll(db: Database): Promise<boolean> {
    const { answer } = this;
    this.#mayWait = false;
    const before = answer.cursor;
    const entries = await readLog(db, answer.id, this.#seq + 1);
    const isFolded = this.#isFolded(entries);
    if (entries.length === 0 || isFolded) {
      const row = await db.message.findFirst({ where: { id: answer.id } });
      if (row === null) {
        answer.finish({ ...answer.snapshot(), status: "stopped" });
        return true;
      }
      const isOver = row.turnLock == null || row.status === "awaiting_approval";
      const ended = isOver ? row : await this.#recover(db, row);
      if (ended !== null) {
        answer.finish(await readMessage(db, ended));
        return true;
      }
      if (isFolded) this.#rebase(await readSaved(db, row));
    }
    if (!isFolded) await this.#take(db, entries);
    this.receive([]);
    const now = answer.cursor;
    return (
      now.content > before.content ||
      now.thinking > before.thinking ||
      now.tools > before.tools ||
      now.decisions > before.decisions
    );
  }

  /** Asks once in a while: it takes seconds until a producer counts as gone. */
  async #recover(db: Database, row: MessageRow): Promise<MessageRow | null> {
    const now = performance.now();
    if (now - this.#recoveredAt < recoverMs) return null;
    this.#recoveredAt = now;
    return recoverMessage(db, row);
  }

  /** True when entries that were not read here have become part of the row: the answer waited, and goes on. */
  #isFolded(entries: readonly StoredEntry[]): boolean {
    const [first] = entries;
    const hasMissed = first !== undefined && first.seq > this.#seq + 1;
    return hasMissed || entries.some((entry) => entry.kind === "approval");
  }

  /** Goes on from the message as it is saved. */
  #rebase({ message, entries }: SavedMessage): void {
    const at = { text: 0, thinking: 0 };
    for (const part of message.parts) {
      if (part.type !== "tool") {
        this.#apply({ type: part.type, at: at[part.type], text: part.text });
        at[part.type] += part.text.length;
      } else {
        const toolCall = message.toolCalls.find((call) => call.toolCallId === part.toolCallId);
        if (toolCall !== undefined) this.answer.setToolCall(toolCall);
      }
    }
    this.#continueAfter(message, entries);
  }

  #continueAfter(message: ChatMessage, entries: readonly StoredEntry[]): void {
    for (const { toolCallId } of message.toolCalls) this.#savedCalls.add(toolCallId);
    this.#seq = entries.at(-1)?.seq ?? this.#seq;
    this.#saved.text = message.content.length;
    this.#saved.thinking = message.thinking?.length ?? 0;
  }

  async #take(db: Database, entries: readonly StoredEntry[]): Promise<void> {
    const hasCalls = this.#savedCalls.size > 0 || entries.some((entry) => entry.kind === "tool");
    const messageId = this.answer.id;
    const rows = hasCalls ? await db.toolCall.findMany({ where: { messageId } }) : [];
    const calls = new Map(rows.map((call) => [call.toolCallId, toChatToolCall(call)]));
    for (const entry of entries) this.#takeEntry(entry, calls);
    for (const id of this.#savedCalls) {
      const toolCall = calls.get(id);
      if (toolCall !== undefined) this.answer.setToolCall(toolCall);
    }
  }

  #takeEntry(entry: StoredEntry, calls: ReadonlyMap<string, ChatToolCall>): void {
    this.#seq = entry.seq;
    if (entry.kind === "text" || entry.kind === "thinking") {
      const { kind, text } = entry;
      this.#apply({ type: kind, at: this.#saved[kind], text });
      this.#saved[kind] += text.length;
    } else if (entry.kind === "tool") {
      this.#savedCalls.add(entry.toolCallId);
      const toolCall = calls.get(entry.toolCallId);
      if (toolCall !== undefined) this.answer.setToolCall(toolCall);
    }
  }

  /** @returns false for text after a gap. */
  #apply(event: ChatEvent): boolean {
    const { answer } = this;
    switch (event.type) {
      case "text":
      case "thinking": {
        const { content, thinking } = answer.cursor;
        const length = event.type === "text" ? content : thinking;
        if (event.at > length) return false;
        answer.append(event.type, event.text.slice(length - event.at));
        return true;
      }
      case "tool":
        answer.setToolCall(event.toolCall);
        return true;
      case "done":
        // An answer that waits may go on before this is heard of: the database says whether it waits.
        if (event.message.status === "awaiting_approval") this.#mayWait = true;
        else answer.finish(event.message);
        return true;
      case "snapshot":
        return true;
    }
  }
}
