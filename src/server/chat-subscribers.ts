import type { TrackedEvent, TrackedNotice } from "../chat/chat-procedures.ts";
import type { LiveMessage } from "../chat/live-message.ts";
import type { Database } from "../orm/database.ts";
import type { MessageRow } from "../orm/rows.ts";
import type { ChatHub } from "./chat-hub.ts";
import { ChatWatchers } from "./chat-watchers.ts";
import type { EmitEvent } from "./event-emitter.ts";
import { MessageFollowers } from "./follow-message.ts";
import { streamEvents } from "./stream-events.ts";

interface Subscriber {
  readonly kind: "stream" | "watch";
  readonly chatId: string;
  readonly messageId: string | null;
}

/** The open subscriptions of a router. */
export class ChatSubscribers {
  readonly #followers: MessageFollowers;
  readonly #watchers: ChatWatchers;
  readonly #emit: EmitEvent | null;
  readonly #open = { stream: 0, watch: 0 };

  constructor(db: Database, hub: ChatHub, emit: EmitEvent | null) {
    this.#followers = new MessageFollowers(db, hub);
    this.#watchers = new ChatWatchers(db, hub);
    this.#emit = emit;
  }

  /** Reads an answer that the hub knows. */
  stream(
    live: LiveMessage,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<TrackedEvent, void, undefined> {
    const { id, chatId } = live;
    return this.#run({ kind: "stream", chatId, messageId: id }, () =>
      streamEvents(live, lastEventId, signal),
    );
  }

  /** Reads an answer that another process produces. */
  follow(
    row: MessageRow,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<TrackedEvent, void, undefined> {
    const { id, chatId } = row;
    return this.#run({ kind: "stream", chatId, messageId: id }, () =>
      this.#followers.read(row, (live) => streamEvents(live, lastEventId, signal, true)),
    );
  }

  watch(
    chatId: string,
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<TrackedNotice, void, undefined> {
    return this.#run({ kind: "watch", chatId, messageId: null }, () =>
      this.#watchers.watch(chatId, lastEventId, signal),
    );
  }

  async *#run<Item>(
    subscriber: Subscriber,
    read: () => AsyncGenerator<Item, void, undefined>,
  ): AsyncGenerator<Item, void, undefined> {
    const { kind } = subscriber;
    const startedAt = performance.now();
    this.#open[kind]++;
    this.#emit?.({ type: "subscriberJoined", ...subscriber, open: this.#open[kind] });
    try {
      yield* read();
    } finally {
      this.#open[kind]--;
      const durationMs = Math.round(performance.now() - startedAt);
      const open = this.#open[kind];
      this.#emit?.({ type: "subscriberLeft", ...subscriber, open, durationMs });
    }
  }
}
