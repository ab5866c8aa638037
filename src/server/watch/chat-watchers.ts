import type { TrackedNotice } from "../../chat/chat-procedures.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { readChat } from "../../orm/messages/read-chat.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import { wait } from "../../shared/wait.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import { isInScope } from "../scope.ts";
import { formatState, parseState } from "./chat-state.ts";
import type { ChatRows } from "./read-chat-state.ts";
import { readChatRows, readChatState } from "./read-chat-state.ts";
import { WatchedChat } from "./watched-chat.ts";

/** How often the database is polled for changes of other processes, in milliseconds. */
const pollMs = 400;
/** The same while the hub reports those changes. */
const connectedPollMs = 2_000;
/** How often at most a poll checks that the producers of answers are alive, in milliseconds. */
const recoverMs = 1_000;
/** How many chats one statement reads. */
const batchSize = 500;

/**
 * Tells the watchers in this process what happens in their chats. The state of a chat is in the database, and notices
 * are the difference between two states, so no watcher needs a queue and none misses anything.
 */
export class ChatWatchers {
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #chats = new Map<string, WatchedChat>();
  /** The columns of all scopes that were seen. */
  readonly #columns = new Set<string>();
  /** The chats to read before the next poll. */
  readonly #changed = new Set<string>();
  /** Ends the pause before the next read. */
  #wake = new AbortController();
  #isPolling = false;

  constructor(db: Database, hub: ChatHub) {
    this.#db = db;
    this.#hub = hub;
    hub.onConnectionChange?.(() => this.#wake.abort());
  }

  /**
   * The notices for one watcher: what it has missed since `lastEventId`, or the state of the chat, then what happens,
   * until the chat is deleted or the signal aborts.
   *
   * @param scope columns that the chat has to have.
   * @throws ChatError `NOT_FOUND` when it no longer has them.
   */
  async *watch(
    chatId: string,
    scope: Row,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<TrackedNotice, void, undefined> {
    for (const column of Object.keys(scope)) this.#columns.add(column);
    const watched = this.#enter(chatId);
    try {
      let seen = lastEventId === null ? null : parseState(lastEventId);
      while (!signal.aborted) {
        const { state } = watched;
        if (state === null) {
          yield { id: "deleted", data: { type: "chatDeleted" } };
          return;
        }
        if (state !== undefined) {
          await this.#checkScope(chatId, watched.row, scope);
          const { notices, row } = await watched.noticesBetween(this.#db, seen, state);
          await this.#checkScope(chatId, row, scope);
          // Only the last notice completes the state: after a break in the middle, all of them are sent again.
          const seenId = formatState(seen ?? state);
          for (const [index, data] of notices.entries()) {
            yield { id: index === notices.length - 1 ? formatState(state) : seenId, data };
          }
          seen = state;
        }
        await watched.changed(state, signal);
      }
    } finally {
      this.#leave(watched);
    }
  }

  /** Notices are about the chat as it was when its row was read. */
  async #checkScope(chatId: string, row: Row | null, scope: Row): Promise<void> {
    if (row === null || isInScope(row, scope)) return;
    await readChat(this.#db, chatId, scope);
  }

  #enter(chatId: string): WatchedChat {
    const watched = this.#chats.get(chatId) ?? new WatchedChat(chatId);
    if (!this.#chats.has(chatId)) {
      this.#chats.set(chatId, watched);
      this.#hub.watch(chatId, () => this.#refresh(chatId), watched.left.signal);
    }
    watched.watchers++;
    this.#refresh(chatId);
    if (!this.#isPolling) void this.#poll();
    return watched;
  }

  #leave(watched: WatchedChat): void {
    watched.watchers--;
    if (watched.watchers > 0) return;
    watched.left.abort();
    this.#chats.delete(watched.chatId);
    if (this.#chats.size === 0) this.#wake.abort();
  }

  #refresh(chatId: string): void {
    this.#changed.add(chatId);
    this.#wake.abort();
  }

  /** Reads for all watchers in one loop, so that an older state never replaces a newer one. */
  async #poll(): Promise<void> {
    this.#isPolling = true;
    let polledAt = performance.now();
    let recoveredAt = performance.now();
    while (this.#chats.size > 0) {
      const pause = this.#hub.isConnected ? connectedPollMs : pollMs;
      await wait(polledAt + pause - performance.now(), this.#wake.signal);
      this.#wake = new AbortController();
      const now = performance.now();
      const isPoll = now - polledAt >= pause;
      const isRecovery = isPoll && now - recoveredAt >= recoverMs;
      if (isPoll) polledAt = now;
      if (isRecovery) recoveredAt = now;
      const chatIds = isPoll ? [...this.#chats.keys()] : [...this.#changed];
      this.#changed.clear();
      try {
        await this.#read(chatIds, isRecovery);
      } catch {
        // The database cannot be reached just now. The next read finds the changes.
        for (const chatId of chatIds) this.#changed.add(chatId);
        await wait(pause, new AbortController().signal);
      }
    }
    this.#isPolling = false;
  }

  async #read(chatIds: readonly string[], isRecovery: boolean): Promise<void> {
    for (let start = 0; start < chatIds.length; start += batchSize) {
      const batch = await readChatRows(this.#db, chatIds.slice(start, start + batchSize), [
        ...this.#columns,
      ]);
      for (const rows of batch) {
        const active = isRecovery ? await this.#recover(rows.active) : rows.active;
        await this.#update({ ...rows, active });
      }
    }
  }

  /** The answer in progress; null when its process was gone and it has now been ended. */
  async #recover(active: MessageRow | null): Promise<MessageRow | null> {
    if (active === null) return null;
    return (await recoverMessage(this.#db, active)) === null ? active : null;
  }

  async #update(rows: ChatRows): Promise<void> {
    const watched = this.#chats.get(rows.chatId);
    if (watched === undefined) return;
    const { state, isTorn } = await readChatState(this.#db, rows, watched.state ?? null);
    watched.row = rows.chat === null ? null : { ...rows.chat };
    if (state === watched.state) return;
    // An app that writes rows of its own may leave a chat torn for good.
    if (state !== null && isTorn && watched.isNewlyTorn(state)) this.#refresh(rows.chatId);
    else watched.set(state);
  }
}
