import type { ChatNotice } from "../../chat/chat-notice.ts";
import type { TrackedNotice } from "../../chat/chat-procedures.ts";
import type { Database } from "../../orm/database/database.ts";
import { readNewest } from "../../orm/messages/read-branch.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { ChatRow, MessageRow } from "../../orm/database/rows.ts";
import { noticesBetween } from "./notices-between.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import type { ChatState } from "./chat-state.ts";
import { formatState, parseState, waitingKey } from "./chat-state.ts";
import { wait } from "../../shared/wait.ts";

/** How often the database is asked for the changes of other processes, in milliseconds. */
const pollMs = 400;
/** The same while a hub tells of them. */
const connectedPollMs = 2_000;
/** How often it is asked whether the producer of an answer still lives: with each poll of a hub's, which are rarer. */
const recoverMs = 1_000;

/**
 * What happens in the chats that somebody in this process watches. The state of a chat is in the database, and
 * a notice is the difference between two of them: so no reader has a queue, and nothing can be missed.
 */
export class ChatWatchers {
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #chats = new Map<string, WatchedChat>();
  readonly #changed = new Set<string>();
  #hurry = new AbortController();
  #isRunning = false;

  constructor(db: Database, hub: ChatHub) {
    this.#db = db;
    this.#hub = hub;
    hub.onConnectionChange?.(() => this.#hurry.abort());
  }

  /** The notices for one tab: what it missed since `lastEventId`, then what comes, until the chat is deleted. */
  async *watch(
    chatId: string,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<TrackedNotice, void, undefined> {
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
          const notices = await watched.changes(this.#db, seen, state);
          const behind = seen === null ? formatState(state) : formatState(seen);
          for (const [index, data] of notices.entries()) {
            yield { id: index === notices.length - 1 ? formatState(state) : behind, data };
          }
          seen = state;
        }
        await watched.changed(state, signal);
      }
    } finally {
      this.#leave(watched);
    }
  }

  #enter(chatId: string): WatchedChat {
    const watched = this.#chats.get(chatId) ?? new WatchedChat(chatId);
    if (!this.#chats.has(chatId)) {
      this.#chats.set(chatId, watched);
      this.#hub.watch(chatId, () => this.#refresh(chatId), watched.left.signal);
    }
    watched.readers++;
    this.#refresh(chatId);
    if (!this.#isRunning) void this.#run();
    return watched;
  }

  #leave(watched: WatchedChat): void {
    watched.readers--;
    if (watched.readers > 0) return;
    watched.left.abort();
    this.#chats.delete(watched.chatId);
    if (this.#chats.size === 0) this.#hurry.abort();
  }

  #refresh(chatId: string): void {
    this.#changed.add(chatId);
    this.#hurry.abort();
  }

  /** One loop reads for all, so that an older state never takes the place of a newer one. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    let polledAt = performance.now();
    let recoveredAt = performance.now();
    while (this.#chats.size > 0) {
      const pause = this.#hub.isConnected ? connectedPollMs : pollMs;
      await wait(polledAt + pause - performance.now(), this.#hurry.signal);
      this.#hurry = new AbortController();
      const now = performance.now();
      const isPoll = now - polledAt >= pause;
      const isRecovery = isPoll && now - recoveredAt >= recoverMs;
      if (isPoll) polledAt = now;
      if (isRecovery) recoveredAt = now;
      const ids = isPoll ? [...this.#chats.keys()] : [...this.#changed];
      this.#changed.clear();
      try {
        await this.#read(ids, isRecovery);
      } catch {
        // The database is away for the moment: what changed is found by a later poll.
        for (const id of ids) this.#changed.add(id);
        await wait(pause, new AbortController().signal);
      }
    }
    this.#isRunning = false;
  }

  async #read(ids: readonly string[], isRecovery: boolean): Promise<void> {
    for (let start = 0; start < ids.length; start += 500) {
      const some = ids.slice(start, start + 500);
      const chats = await this.#db.chat.findMany({
        where: { id: { in: some } },
        select: { id: true, updatedAt: true, lastPosition: true },
      });
      const actives = await this.#db.message.findMany({ where: { turnLock: { in: some } } });
      const waiting = await this.#readWaiting(actives);
      for (const id of some) {
        const chat = chats.find((row) => row.id === id) ?? null;
        const row = actives.find(({ turnLock }) => turnLock === id) ?? null;
        const active = await this.#living(row, isRecovery);
        await this.#update(id, chat, active, waiting.get(active?.id ?? "") ?? []);
      }
    }
  }

  /** The calls that answers wait for. Most chats have none, and cost no statement. */
  async #readWaiting(actives: readonly MessageRow[]): Promise<ReadonlyMap<string, string[]>> {
    const waiting = new Map<string, string[]>();
    const ids = actives.filter((row) => row.status === "awaiting_approval").map((row) => row.id);
    if (ids.length === 0) return waiting;
    const calls = await this.#db.toolCall.findMany({
      where: { messageId: { in: ids }, status: "awaiting_approval" },
    });
    for (const { messageId, toolCallId } of calls)
      waiting.set(messageId, [...(waiting.get(messageId) ?? []), toolCallId]);
    return waiting;
  }

  async #living(active: MessageRow | null, isRecovery: boolean): Promise<MessageRow | null> {
    if (active === null || !isRecovery) return active;
    return (await recoverMessage(this.#db, active)) === null ? active : null;
  }

  async #update(
    chatId: string,
    chat: ChatRow | null,
    active: MessageRow | null,
    toolCallIds: readonly string[],
  ): Promise<void> {
    const watched = this.#chats.get(chatId);
    if (watched === undefined) return;
    if (chat === null) {
      watched.set(null);
      return;
    }
    const position = chat.lastPosition ?? 0;
    const state = {
      updatedAt: chat.updatedAt.getTime(),
      position,
      active: active?.id ?? null,
      waiting: waitingKey(toolCallIds),
      newest: watched.state?.newest ?? null,
    };
    if (watched.state != null && formatState(watched.state) === formatState(state)) return;
    const [newest] = await readNewest(this.#db, { chatId, active: true }, 1);
    // The rows were read one after the other: a turn that began in between belongs to the next state.
    const isTorn = [active, newest].some((row) => (row?.position ?? 0) > position);
    const next = { ...state, newest: newest?.id ?? null };
    // An app that writes rows of its own may leave it so.
    if (isTorn && watched.isNewlyTorn(next)) this.#refresh(chatId);
    else watched.set(next);
  }
}

/** A chat that somebody in this process watches. */
class WatchedChat {
  readonly chatId: string;
  readonly left = new AbortController();
  readers = 0;
  /** Null for a chat that is gone; undefined until it has been read. */
  state: ChatState | null | undefined = undefined;
  readonly #waiting = new Set<() => void>();
  #torn = "";
  #latest: { readonly key: string; readonly notices: Promise<readonly ChatNotice[]> } | null = null;

  constructor(chatId: string) {
    this.chatId = chatId;
  }

  /** False for what has been read before, just as it is. */
  isNewlyTorn(state: ChatState): boolean {
    const known = this.#torn;
    this.#torn = formatState(state);
    return this.#torn !== known;
  }

  set(state: ChatState | null): void {
    this.state = state;
    for (const wake of this.#waiting) wake();
  }

  /** The notices between two states; tabs that go the same way share the look-up. */
  async changes(
    db: Database,
    from: ChatState | null,
    to: ChatState,
  ): Promise<readonly ChatNotice[]> {
    const key = `${from === null ? "" : formatState(from)} ${formatState(to)}`;
    if (this.#latest?.key !== key) {
      this.#latest = { key, notices: noticesBetween(db, this.chatId, from, to) };
    }
    const { notices } = this.#latest;
    try {
      return await notices;
    } catch (error) {
      if (this.#latest?.notices === notices) this.#latest = null;
      throw error;
    }
  }

  /** Resolves when the state is no longer the given one, or when the signal aborts. */
  async changed(state: ChatState | null | undefined, signal: AbortSignal): Promise<void> {
    if (this.state !== state || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
