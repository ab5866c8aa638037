import { groupBy } from "../../shared/collections/group-by.ts";
import { parseForClients } from "../../shared/json-value.ts";
import { newText } from "../../chat/answer-fold.ts";
import { Answer } from "../../chat/answer.ts";
import type { ChatEvent } from "../../chat/chat-event.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { isWaiting } from "../../chat/chat-message.ts";
import type { ChatToolCall } from "../../chat/tool-call.ts";
import { startCursor } from "../../chat/stream-cursor.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { toChatToolCall } from "../../orm/messages/to-chat-message.ts";
import type { StoredEntry } from "../../orm/turn/log-entry.ts";
import { readLog } from "../../orm/turn/log-entry.ts";
import { isBeingTold } from "../../orm/turn/finish-turn.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { SavedMessage } from "./read-saved-message.ts";
import { readMessage, readSavedMessage } from "./read-saved-message.ts";

/** How often at most to check that the producer is alive, in milliseconds. */
const recoverMs = 1_000;

/**
 * An answer that another process produces, assembled from what that process saves and what the hub delivers. The offset
 * of each piece of text is known from either source, so it does not matter which of them is ahead.
 */
export class RemoteAnswer {
  /** The copy that the readers in this process share. */
  readonly answer: Answer;
  /** The length of each kind of text in the entries that were read. */
  readonly #saved = { text: 0, thinking: 0 };
  /**
   * The tool calls with an entry in the log that have not ended, each with its status as it was last read; null before
   * that. Their rows may change.
   */
  readonly #openCalls = new Map<string, string | null>();
  /** The names of the tool calls that the model has written. */
  readonly #writtenNames = new Map<string, string>();
  /** The number of the newest entry that was read. */
  #seq = -1;
  #recoveredAt = -Infinity;
  /** Events of the hub that came after a gap. */
  #early: readonly ChatEvent[] = [];
  #mayWait = false;

  readonly #isGone: () => Promise<boolean>;

  /**
   * @param isGone asks again whether the row is gone when it was not found.
   * @param isJson whether answers are JSON.
   */
  constructor(
    { message, entries }: SavedMessage,
    isGone: () => Promise<boolean> = () => Promise.resolve(true),
    isJson = false,
  ) {
    this.#isGone = isGone;
    this.answer = new Answer(message, isJson);
    for (const entry of entries)
      if (entry.kind === "tool") this.#openCalls.set(entry.toolCallId, null);
    this.#continueAfter(message, entries);
  }

  /** True after the hub delivered that the answer waits for approval, until the database has been asked. */
  get mayWait(): boolean {
    return this.#mayWait;
  }

  /** True while text is missing before events of the hub. */
  get hasGap(): boolean {
    return this.#early.length > 0;
  }

  /** Adds events of the hub, in their order. Those after a gap are kept until the database has closed it. */
  receive(events: readonly ChatEvent[]): void {
    const waiting = [...this.#early, ...events];
    const gap = waiting.findIndex((event) => !this.#apply(event));
    this.#early = gap === -1 ? [] : waiting.slice(gap);
  }

  /**
   * Reads what was saved since the last poll: with one statement while there is new text, and with one more for the row
   * while there is none.
   *
   * @returns true when the database was ahead of the hub.
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
        if (!(await this.#isGone())) return false;
        answer.finish({ ...answer.snapshot(), status: "stopped" });
        return true;
      }
      const isOver = row.turnLock == null || isWaiting(row.status);
      const ended = isOver ? row : await this.#recover(db, row);
      if (ended !== null && !isBeingTold(ended)) {
        answer.finish(await readMessage(db, ended));
        return true;
      }
      if (isFolded) this.#rebase(await readSavedMessage(db, row));
    }
    if (!isFolded) await this.#addEntries(db, entries);
    this.receive([]);
    const after = answer.cursor;
    return (
      after.content > before.content ||
      after.thinking > before.thinking ||
      after.tools > before.tools ||
      after.updates > before.updates
    );
  }

  /** Ends the answer if its producer is gone. Checks once a second, because that takes several seconds to find out. */
  async #recover(db: Database, row: MessageRow): Promise<MessageRow | null> {
    const now = performance.now();
    if (now - this.#recoveredAt < recoverMs) return null;
    this.#recoveredAt = now;
    return recoverMessage(db, row);
  }

  /** True when entries became part of the row before they were read here, because the answer was suspended. */
  #isFolded(entries: readonly StoredEntry[]): boolean {
    const [first] = entries;
    const hasMissed = first !== undefined && first.seq > this.#seq + 1;
    return hasMissed || entries.some((entry) => entry.kind === "approval");
  }

  /** Catches up with the message as it is saved. */
  #rebase({ message, entries }: SavedMessage): void {
    for (const event of new Answer(message).since(startCursor)?.events ?? []) this.#apply(event);
    this.#continueAfter(message, entries);
  }

  #continueAfter(message: ChatMessage, entries: readonly StoredEntry[]): void {
    for (const call of message.toolCalls) this.#noteCall(call);
    for (const entry of entries) this.#addWritten(entry);
    this.#seq = entries.at(-1)?.seq ?? this.#seq;
    this.#saved.text = message.content.length;
    this.#saved.thinking = message.thinking?.length ?? 0;
  }

  async #addEntries(db: Database, entries: readonly StoredEntry[]): Promise<void> {
    for (const entry of entries)
      if (entry.kind === "tool" && !this.#openCalls.has(entry.toolCallId))
        this.#openCalls.set(entry.toolCallId, null);
    const calls = await this.#readChangedCalls(db);
    for (const entry of entries) this.#addEntry(entry, calls);
    for (const call of calls.values()) {
      this.answer.setToolCall(call);
      this.#noteCall(call);
    }
  }

  /** Reads the tool calls that have changed since they were last read. An argument or a result may be large. */
  async #readChangedCalls(db: Database): Promise<ReadonlyMap<string, ChatToolCall>> {
    if (this.#openCalls.size === 0) return new Map();
    const changed = [...groupBy([...this.#openCalls], ([, status]) => status)].map(
      ([status, calls]) => ({
        toolCallId: { in: calls.map(([toolCallId]) => toolCallId) },
        ...(status === null ? {} : { OR: changesOf(db, status) }),
      }),
    );
    const where = { messageId: this.answer.id, OR: changed };
    const rows = await db.toolCall.findMany({ where });
    return new Map(rows.map((call) => [call.toolCallId, toChatToolCall(call)]));
  }

  /** What has ended does not change any more. */
  #noteCall({ toolCallId, status, result }: ChatToolCall): void {
    if (result === null) this.#openCalls.set(toolCallId, status);
    else this.#openCalls.delete(toolCallId);
  }

  #addEntry(entry: StoredEntry, calls: ReadonlyMap<string, ChatToolCall>): void {
    this.#seq = entry.seq;
    if (entry.kind === "text" || entry.kind === "thinking") {
      const { kind, text } = entry;
      this.#apply({ type: kind, at: this.#saved[kind], text });
      this.#saved[kind] += text.length;
    } else if (entry.kind === "tool") {
      const toolCall = calls.get(entry.toolCallId);
      if (toolCall !== undefined) this.answer.setToolCall(toolCall);
    } else if (entry.kind === "data") {
      if (entry.part !== null) this.answer.setData(entry.part);
    } else if (entry.kind === "progress") {
      const progress = parseForClients(entry.text);
      this.answer.setProgress(entry.toolCallId, progress, entry.revision);
    } else this.#addWritten(entry);
  }

  #addWritten(entry: StoredEntry): void {
    if (entry.kind === "writing") this.#writtenNames.set(entry.toolCallId, entry.text);
    else if (entry.kind === "arguments") {
      const { toolCallId, text } = entry;
      this.answer.writeToolCall(toolCallId, this.#writtenNames.get(toolCallId) ?? "", text);
    }
  }

  /** @returns false for text after a gap. */
  #apply(event: ChatEvent): boolean {
    const { answer } = this;
    switch (event.type) {
      case "text":
      case "thinking": {
        const { content, thinking } = answer.cursor;
        const text = newText(event, event.type === "text" ? content : thinking);
        if (text === null) return false;
        answer.append(event.type, text);
        return true;
      }
      case "tool":
        answer.setToolCall(event.toolCall);
        return true;
      case "data":
        answer.setData(event.part);
        return true;
      case "done":
        // By now the answer may have continued. Only the database knows whether it still waits.
        if (isWaiting(event.message.status)) this.#mayWait = true;
        else answer.finish(event.message);
        return true;
      case "snapshot":
      // The copy reads it from the text.
      case "object":
        return true;
    }
  }
}

/** How the row of a tool call without a result differs once it is no longer as it was read. */
function changesOf(db: Database, status: string): readonly Row[] {
  const isOther = db.has("toolCall", "status") ? [{ status: { not: status } }] : [];
  return [{ result: { not: null } }, ...isOther];
}
