import type { ChatEvent } from "../../chat/chat-event.ts";
import type { Answer } from "../../chat/answer.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import { FollowedMessage } from "./followed-message.ts";
import { readSaved } from "./saved-message.ts";
import { wait } from "../../shared/wait.ts";

/** How often the database is asked while the hub does not tell, in milliseconds: with the 250 of saving, below 500. */
const pollMs = 220;
/** The same while the hub is connected and merely has nothing to tell. */
const quietPollMs = 1_000;

/**
 * Answers that another process produces. Each is followed once, for as long as somebody reads it: in the hub
 * where it tells of them, and in the database where it does not, or falls silent.
 */
export class MessageFollowers {
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #followers = new Map<string, Follower>();

  constructor(db: Database, hub: ChatHub) {
    this.#db = db;
    this.#hub = hub;
  }

  /** Calls `read` with the answer while it is followed. */
  async *read<Item>(
    row: MessageRow,
    read: (live: Answer) => AsyncIterable<Item, void, undefined>,
  ): AsyncGenerator<Item, void, undefined> {
    const known = this.#followers.get(row.id);
    // An answer that has waited may have gone on since then.
    const isCurrent = known !== undefined && !known.isOver;
    const follower = isCurrent ? known : new Follower(this.#db, this.#hub, row);
    this.#followers.set(row.id, follower);
    follower.readers++;
    try {
      yield* read(await follower.live);
    } finally {
      follower.readers--;
      if (follower.readers === 0) {
        follower.leave();
        if (this.#followers.get(row.id) === follower) this.#followers.delete(row.id);
      }
    }
  }
}

class Follower {
  readers = 0;
  readonly live: Promise<Answer>;
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #abort = new AbortController();
  #hurry = new AbortController();
  #heardAt = -Infinity;
  #followed: FollowedMessage | null = null;

  constructor(db: Database, hub: ChatHub, row: MessageRow) {
    this.#db = db;
    this.#hub = hub;
    this.live = this.#start(row);
  }

  /** True when the answer has ended, or begun to wait. */
  get isOver(): boolean {
    return this.#followed !== null && this.#followed.live.final !== null;
  }

  leave(): void {
    this.#abort.abort();
  }

  /** The hub first, so that nothing lies between what the database has and what the hub tells. */
  async #start(row: MessageRow): Promise<Answer> {
    let take = (events: readonly ChatEvent[]): void => {
      early.push(...events);
    };
    const early: ChatEvent[] = [];
    this.#hub.follow(row.id, (events) => take(events), this.#abort.signal);
    const saved = await readSaved(this.#db, row);
    const followed = new FollowedMessage(saved);
    this.#followed = followed;
    // No log: it has just begun, or it has ended meanwhile and the row has everything.
    if (saved.chunks.length === 0) await followed.poll(this.#db);
    take = (events) => {
      this.#heardAt = performance.now();
      const hadGap = followed.hasGap;
      followed.receive(events);
      if ((followed.hasGap && !hadGap) || followed.mayWait) this.#hurry.abort();
    };
    if (early.length > 0) take(early);
    void this.#follow(followed);
    return followed.live;
  }

  async #follow(followed: FollowedMessage): Promise<void> {
    const { signal } = this.#abort;
    let isBehind = false;
    while (!signal.aborted && followed.live.final === null) {
      const isQuiet = this.#hub.isConnected && !isBehind && !followed.hasGap;
      await wait(isQuiet ? quietPollMs : pollMs, AbortSignal.any([signal, this.#hurry.signal]));
      this.#hurry = new AbortController();
      if (signal.aborted) return;
      // Who is heard of is alive, and has told everything.
      const isTold = !followed.hasGap && !followed.mayWait;
      if (isTold && performance.now() - this.#heardAt < quietPollMs) continue;
      try {
        isBehind = await followed.poll(this.#db);
      } catch {
        // The database is away for the moment: the readers keep what they have, and the next poll asks again.
      }
    }
  }
}
