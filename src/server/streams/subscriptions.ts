import type { TrackedEvent, TrackedNotice } from "../../chat/chat-procedures.ts";
import type { Answer } from "../../chat/answer.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import { ChatWatchers } from "../watch/chat-watchers.ts";
import type { EmitEvent } from "../chat-router-event.ts";
import { EventReader } from "./event-reader.ts";
import { RemoteAnswers } from "./remote-answers.ts";
import { shuttingDown } from "../errors.ts";

interface Subscriber {
  readonly kind: "stream" | "watch";
  readonly chatId: string;
  readonly messageId: string | null;
}

/** For so long, in milliseconds, a reader may take to get the end of an answer when all subscriptions are closed. */
const graceMs = 1_000;

/** The open subscriptions of a router. */
export class Subscriptions {
  readonly #followers: RemoteAnswers;
  readonly #watchers: ChatWatchers;
  readonly #emit: EmitEvent | null;
  readonly #open = { stream: 0, watch: 0 };
  /** Of each subscription, and whether it ends by itself when this process's answers have ended. */
  readonly #aborts = new Map<AbortController, boolean>();
  #isClosed = false;
  #onEnd = (): void => undefined;

  constructor(db: Database, hub: ChatHub, emit: EmitEvent | null) {
    this.#followers = new RemoteAnswers(db, hub);
    this.#watchers = new ChatWatchers(db, hub);
    this.#emit = emit;
  }

  /** Reads an answer that the hub knows. */
  stream(
    live: Answer,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncIterableIterator<TrackedEvent, void, undefined> {
    const { id, chatId } = live;
    return this.#run(
      { kind: "stream", chatId, messageId: id, isOwn: true },
      signal,
      (own) => new EventReader(live, lastEventId, own),
    );
  }

  /** Reads an answer that another process produces. */
  follow(
    row: MessageRow,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncIterableIterator<TrackedEvent, void, undefined> {
    const { id, chatId } = row;
    return this.#run({ kind: "stream", chatId, messageId: id, isOwn: false }, signal, (own) =>
      this.#followers.read(row, (live) => new EventReader(live, lastEventId, own, true)),
    );
  }

  watch(
    chatId: string,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncIterableIterator<TrackedNotice, void, undefined> {
    return this.#run({ kind: "watch", chatId, messageId: null, isOwn: false }, signal, (own) =>
      this.#watchers.watch(chatId, lastEventId, own),
    );
  }

  /**
   * Ends all subscriptions, once those have got the end of their answer that this process produced. The others
   * end with `SERVICE_UNAVAILABLE`, so that clients resume elsewhere.
   */
  async close(): Promise<void> {
    const expired = AbortSignal.timeout(graceMs);
    const expiry = new Promise<void>((resolve) => {
      expired.addEventListener("abort", () => resolve(), { once: true });
    });
    while ([...this.#aborts.values()].includes(true) && !expired.aborted) {
      const change = new Promise<void>((resolve) => {
        this.#onEnd = resolve;
      });
      await Promise.race([change, expiry]);
    }
    this.#isClosed = true;
    for (const own of this.#aborts.keys()) own.abort();
  }

  /** No generator around `read`: each one costs each event of each reader several promises. */
  #run<Item>(
    { isOwn, ...subscriber }: Subscriber & { readonly isOwn: boolean },
    signal: AbortSignal,
    read: (own: AbortSignal) => AsyncIterableIterator<Item, void, undefined>,
  ): AsyncIterableIterator<Item, void, undefined> {
    if (this.#isClosed) throw shuttingDown();
    const own = new AbortController();
    const leave = (): void => own.abort();
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    this.#aborts.set(own, isOwn);
    const { kind } = subscriber;
    const startedAt = performance.now();
    this.#open[kind]++;
    this.#emit?.({ type: "subscriptionOpened", ...subscriber, open: this.#open[kind] });
    const source = read(own.signal);
    const end = (): void => {
      if (!this.#aborts.delete(own)) return;
      signal.removeEventListener("abort", leave);
      this.#onEnd();
      this.#open[kind]--;
      const durationMs = Math.round(performance.now() - startedAt);
      const open = this.#open[kind];
      this.#emit?.({ type: "subscriptionClosed", ...subscriber, open, durationMs });
    };
    const checkOpen = (): void => {
      if (this.#isClosed && own.signal.aborted && !signal.aborted) throw shuttingDown();
    };
    return {
      next: async () => {
        try {
          const next = await source.next();
          if (next.done !== true) return next;
          checkOpen();
        } catch (error) {
          end();
          throw error;
        }
        end();
        return { done: true, value: undefined };
      },
      return: async () => {
        own.abort();
        try {
          await source.return?.();
        } finally {
          end();
        }
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}
