import type { Answer } from "../../chat/answer.ts";
import type { ChatEvent } from "../../chat/chat-event.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { wait } from "../../shared/wait.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import { RemoteAnswer } from "./remote-answer.ts";
import { readSaved } from "./read-saved-message.ts";

/** How often to ask the database while the hub tells nothing, in milliseconds: with the 250 of saving, below 500. */
const pollMs = 220;
/** The same while the hub is connected and merely has nothing to tell. */
const quietPollMs = 1_000;

/**
 * The answers that other processes produce and this one reads. Each is fetched once, for as long as it has readers: from
 * the hub while that delivers it, and from the database while it does not.
 */
export class RemoteAnswers {
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #fetched = new Map<string, FetchedAnswer>();

  constructor(db: Database, hub: ChatHub) {
    this.#db = db;
    this.#hub = hub;
  }

  /** Calls `read` with the answer, and keeps it up to date while it is read. */
  async *read<Item>(
    row: MessageRow,
    read: (answer: Answer) => AsyncIterable<Item, void, undefined>,
  ): AsyncGenerator<Item, void, undefined> {
    const known = this.#fetched.get(row.id);
    // An answer that has waited may have gone on since then.
    const isCurrent = known !== undefined && !known.isOver;
    const fetched = isCurrent ? known : new FetchedAnswer(this.#db, this.#hub, row);
    this.#fetched.set(row.id, fetched);
    fetched.readers++;
    try {
      yield* read(await fetched.answer);
    } finally {
      fetched.readers--;
      if (fetched.readers === 0) {
        fetched.leave();
        if (this.#fetched.get(row.id) === fetched) this.#fetched.delete(row.id);
      }
    }
  }
}

class FetchedAnswer {
  readers = 0;
  readonly answer: Promise<Answer>;
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #abort = new AbortController();
  #hurry = new AbortController();
  #heardAt = -Infinity;
  #remote: RemoteAnswer | null = null;

  constructor(db: Database, hub: ChatHub, row: MessageRow) {
    this.#db = db;
    this.#hub = hub;
    this.answer = this.#start(row);
  }

  /** True when the answer has ended, or begun to wait. */
  get isOver(): boolean {
    return this.#remote !== null && this.#remote.answer.final !== null;
  }

  leave(): void {
    this.#abort.abort();
  }

  /** Listens to the hub before it reads the database, so that nothing is lost between the two. */
  async #start(row: MessageRow): Promise<Answer> {
    const early: ChatEvent[] = [];
    let take = (events: readonly ChatEvent[]): void => {
      early.push(...events);
    };
    this.#hub.subscribe(row.id, (events) => take(events), this.#abort.signal);
    const saved = await readSaved(this.#db, row);
    const remote = new RemoteAnswer(saved);
    this.#remote = remote;
    // Without a log the answer has just begun, or it has ended in the meantime and its row has everything.
    if (saved.entries.length === 0) await remote.poll(this.#db);
    take = (events) => {
      this.#heardAt = performance.now();
      const hadGap = remote.hasGap;
      remote.receive(events);
      if ((remote.hasGap && !hadGap) || remote.mayWait) this.#hurry.abort();
    };
    if (early.length > 0) take(early);
    void this.#poll(remote);
    return remote.answer;
  }

  async #poll(remote: RemoteAnswer): Promise<void> {
    const { signal } = this.#abort;
    let isAhead = false;
    while (!signal.aborted && remote.answer.final === null) {
      const isQuiet = this.#hub.isConnected && !isAhead && !remote.hasGap;
      await wait(isQuiet ? quietPollMs : pollMs, AbortSignal.any([signal, this.#hurry.signal]));
      this.#hurry = new AbortController();
      if (signal.aborted) return;
      // A producer that was just heard of is alive, and has told everything.
      const isTold = !remote.hasGap && !remote.mayWait;
      if (isTold && performance.now() - this.#heardAt < quietPollMs) continue;
      try {
        isAhead = await remote.poll(this.#db);
      } catch {
        // The database is away for the moment: readers keep what they have, and the next poll asks again.
      }
    }
  }
}
