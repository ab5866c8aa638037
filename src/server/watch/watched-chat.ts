import type { InContext } from "../../orm/context/async-context.ts";
import type { Database } from "../../orm/database/database.ts";
import { onAbort } from "../../shared/on-abort.ts";
import { readDeletions } from "../chats/deletions.ts";
import type { ChatState } from "./chat-state.ts";
import { formatState } from "./chat-state.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";
import type { ReadNotices } from "./notices-between.ts";
import { noticesBetween } from "./notices-between.ts";

/** A chat that has watchers in this process. */
export class WatchedChat {
  readonly chatId: string;
  /** Aborts when the last watcher has left. */
  readonly left = new AbortController();
  watchers = 0;
  /** The chat's row as it was last read; null before, and for a chat that never existed. */
  row: Row | null = null;
  readonly #listeners = new Set<() => void>();
  #state: ChatState | null | undefined = undefined;
  /** The last torn state, as text. */
  #torn = "";
  #latest: { readonly key: string; readonly notices: Promise<ReadNotices> } | null = null;

  #deletions: ReturnType<typeof readDeletions> | null = null;

  /** Runs a query in the context of the first watcher. */
  readonly inContext: InContext;

  constructor(chatId: string, inContext: InContext = (task) => task()) {
    this.chatId = chatId;
    this.inContext = inContext;
  }

  /** Null when the chat does not exist; undefined until it has been read. */
  get state(): ChatState | null | undefined {
    return this.#state;
  }

  set(state: ChatState | null): void {
    this.#state = state;
    this.wake();
  }

  /** Lets every watcher look at the state again. */
  wake(): void {
    for (const listener of this.#listeners) listener();
  }

  /** True when this torn state is read for the first time. Once it has been read twice, another read would not help. */
  isNewlyTorn(state: ChatState): boolean {
    const before = this.#torn;
    this.#torn = formatState(state);
    return this.#torn !== before;
  }

  /** The notices between two states. Watchers that know the same state share one look-up. */
  async noticesBetween(db: Database, from: ChatState | null, to: ChatState): Promise<ReadNotices> {
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

  /** Who has deleted the chat, as the key of a scope; null when it is not known. All watchers share one look-up. */
  async deletedBy(db: Database): Promise<string | null> {
    const { chatId } = this;
    this.#deletions ??= readDeletions(db, [chatId]);
    return (await this.#deletions).get(chatId) ?? null;
  }

  /** Resolves when the state is no longer the given one, or when the signal aborts. */
  async changed(state: ChatState | null | undefined, signal: AbortSignal): Promise<void> {
    if (this.#state !== state || signal.aborted) return;
    let wake = (): void => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.#listeners.add(wake);
    const removeListener = onAbort(signal, wake);
    await woken;
    this.#listeners.delete(wake);
    removeListener();
  }
}
