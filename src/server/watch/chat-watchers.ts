import type { TrackedNotice } from "../../chat/chat-procedures.ts";
import type { InContext } from "../../orm/context/async-context.ts";
import { keepContext, runOutside } from "../../orm/context/async-context.ts";
import { isThere } from "../../orm/context/is-there.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";
import { noSuchChat } from "../../orm/messages/read-chat.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import { scopeKey } from "../../orm/usage/scope-key.ts";
import { wait } from "../../shared/wait.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import { isInScope } from "../scope.ts";
import { formatState, parseState } from "./chat-state.ts";
import { findsChat } from "../../orm/database/finds-chat.ts";
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
  /** Where the loop runs: outside of the watchers' contexts, or in that of the only one. */
  readonly #run: InContext;
  readonly #isAlone: boolean;

  /** @param alone the context of the only watcher, for a client that looks at the context of a query. */
  constructor(db: Database, hub: ChatHub, alone: InContext | null = null) {
    this.#db = db;
    this.#hub = hub;
    this.#run = alone ?? runOutside;
    this.#isAlone = alone !== null;
    // A hub forgets no listener, and there is an instance of this class for each watcher who is alone.
    if (alone === null) hub.onConnectionChange?.(() => this.#wake.abort());
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
    const inContext = keepContext();
    const watched = this.#enter(chatId, inContext);
    try {
      let seen = lastEventId === null ? null : parseState(lastEventId);
      /** The chat's row as it was when it was last in the scope. */
      let own: Row | null = null;
      while (!signal.aborted) {
        const { state } = watched;
        // Outside of the watchers' contexts it may only be hidden.
        const isBack =
          state === null &&
          !this.#isAlone &&
          (await isThere(this.#db.contextNeed, inContext, () =>
            findsChat(this.#db, chatId, scope),
          ));
        if (this.#db.isContextual && !this.#isAlone) {
          const alone = new ChatWatchers(this.#db, this.#hub, inContext);
          const eventId = seen === null ? null : formatState(seen);
          return yield* alone.watch(chatId, scope, eventId, signal);
        }
        if (isBack) {
          this.#refresh(chatId);
          await wait(pollMs, signal);
          continue;
        }
        if (state === null) {
          if (!this.#isAlone) await this.#checkDeletion(watched, own, scope);
          yield { id: "deleted", data: { type: "chatDeleted" } };
          return;
        }
        if (state !== undefined) {
          await this.#checkScope(chatId, watched.row, scope);
          own = watched.row;
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

  /** Notices are about the chat as it was when its row was read, which is after all that they say. */
  async #checkScope(chatId: string, row: Row | null, scope: Row): Promise<void> {
    if (row === null || isInScope(row, scope)) return;
    if (!(await findsChat(this.#db, chatId, scope))) throw noSuchChat();
  }

  /**
   * A former owner is not told what the new one has deleted.
   *
   * @param own the row of the chat that was in the scope.
   */
  async #checkDeletion(watched: WatchedChat, own: Row | null, scope: Row): Promise<void> {
    const { row } = watched;
    if (row !== null && row !== own && !isInScope(row, scope)) throw noSuchChat();
    const owner = await watched.deletedBy(this.#db);
    if (owner !== null && owner !== scopeKey(scope)) throw noSuchChat();
  }

  #enter(chatId: string, inContext: InContext): WatchedChat {
    const watched = this.#chats.get(chatId) ?? new WatchedChat(chatId, inContext);
    if (!this.#chats.has(chatId)) {
      this.#chats.set(chatId, watched);
      runOutside(() => this.#hub.watch(chatId, () => this.#refresh(chatId), watched.left.signal));
    }
    watched.watchers++;
    this.#refresh(chatId);
    if (!this.#isPolling) void this.#run(() => this.#poll());
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
      } catch (error) {
        // The database cannot be reached just now. The next read finds the changes.
        for (const chatId of chatIds) this.#changed.add(chatId);
        if (!this.#isAlone) await this.#noteRefusal(chatIds[0], error);
        await wait(pause, new AbortController().signal);
      }
    }
    this.#isPolling = false;
  }

  /** What fails outside of any context may succeed in that of a watcher. */
  async #noteRefusal(chatId: string | undefined, error: unknown): Promise<void> {
    const watched = this.#chats.get(chatId ?? "");
    if (watched === undefined) return;
    try {
      await watched.inContext(() => readChatRows(this.#db, [watched.chatId]));
    } catch {
      return;
    }
    this.#db.contextNeed.noteRefusal(error);
    // Each watcher goes on by itself.
    if (this.#db.isContextual) for (const other of this.#chats.values()) other.wake();
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
  async #recover(active: ChatRows["active"]): Promise<ChatRows["active"]> {
    if (active === null) return null;
    return (await recoverMessage(this.#db, active)) === null ? active : null;
  }

  async #update(rows: ChatRows): Promise<void> {
    const watched = this.#chats.get(rows.chatId);
    if (watched === undefined) return;
    const { state, isTorn } = await readChatState(this.#db, rows, watched.state ?? null);
    const before = watched.row;
    if (rows.chat !== null) watched.row = { ...rows.chat };
    if (state === watched.state) {
      // An app may give a chat to somebody else without a trace in its state.
      if ([...this.#columns].some((name) => before?.[name] !== watched.row?.[name])) watched.wake();
      return;
    }
    // An app that writes rows of its own may leave a chat torn for good.
    if (state !== null && isTorn && watched.isNewlyTorn(state)) this.#refresh(rows.chatId);
    else watched.set(state);
  }
}
