import type { Answer } from "../../chat/answer.ts";
import type { ChatEvent } from "../../chat/chat-event.ts";
import type { InContext } from "../../orm/context/async-context.ts";
import { keepContext, runOutside } from "../../orm/context/async-context.ts";
import { isThere } from "../../orm/context/is-there.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { wait } from "../../shared/wait.ts";
import type { ChatHub } from "../hub/chat-hub.ts";
import type { StreamReads } from "../limits/read-limiter.ts";
import { RemoteAnswer } from "./remote-answer.ts";
import { readSavedMessage } from "./read-saved-message.ts";

/** How often the database is polled without a hub, in milliseconds. With the 250 ms of saving, below half a second. */
const pollMs = 220;
/** The same while the hub is connected and silent. */
const connectedPollMs = 1_000;

type InTurn = StreamReads["inTurn"];

/**
 * The answers that other processes produce and that have readers in this one. All readers of an answer share one copy,
 * which comes from the hub while that delivers it, and from the database otherwise.
 */
export class RemoteAnswers {
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #answers = new Map<string, SharedAnswer>();

  readonly #isJson: boolean;

  /** @param isJson whether answers are JSON. */
  constructor(db: Database, hub: ChatHub, isJson = false) {
    this.#db = db;
    this.#hub = hub;
    this.#isJson = isJson;
  }

  /**
   * Calls `read` with the shared copy of an answer, and keeps the copy up to date while it is read.
   *
   * @param inTurn reads what is stored when it is the reader's turn.
   */
  async *read<Item>(
    row: MessageRow,
    read: (answer: Answer) => AsyncIterable<Item, void, undefined>,
    inTurn: InTurn = (task) => task(),
  ): AsyncGenerator<Item, void, undefined> {
    // A client that looks at the context of a query reads for each caller by itself.
    const known = this.#db.isContextual ? undefined : this.#answers.get(row.id);
    // A copy that has ended may be of an answer that waited for approval and has continued since.
    const isUsable = known !== undefined && !known.isOver;
    const inContext = keepContext();
    const shared = isUsable
      ? known
      : runOutside(
          () => new SharedAnswer(this.#db, this.#hub, row, { inContext, inTurn }, this.#isJson),
        );
    if (!this.#db.isContextual) this.#answers.set(row.id, shared);
    shared.readers++;
    try {
      yield* read(await shared.answer);
    } finally {
      shared.readers--;
      if (shared.readers === 0) {
        shared.close();
        if (this.#answers.get(row.id) === shared) this.#answers.delete(row.id);
      }
    }
  }
}

class SharedAnswer {
  /** The number of readers. */
  readers = 0;
  readonly answer: Promise<Answer>;
  readonly #db: Database;
  readonly #hub: ChatHub;
  readonly #abort = new AbortController();
  /** Ends the pause before the next poll. */
  #wake = new AbortController();
  /** When the hub last delivered something. */
  #deliveredAt = -Infinity;
  #remote: RemoteAnswer | null = null;
  readonly #inContext: InContext;

  /**
   * @param first runs a query in the context of the first reader, and when it is the turn of that one.
   * @param isJson whether the answer is JSON.
   */
  constructor(
    db: Database,
    hub: ChatHub,
    row: MessageRow,
    { inContext, inTurn }: { readonly inContext: InContext; readonly inTurn: InTurn },
    isJson: boolean,
  ) {
    this.#db = db;
    this.#hub = hub;
    this.#inContext = inContext;
    this.answer = this.#start(row, inTurn, isJson);
  }

  /** True when the answer has ended, or waits for approval. */
  get isOver(): boolean {
    return this.#remote !== null && this.#remote.answer.final !== null;
  }

  close(): void {
    this.#abort.abort();
  }

  /** Subscribes to the hub before it reads the database, so that nothing is lost in between. */
  async #start(row: MessageRow, inTurn: InTurn, isJson: boolean): Promise<Answer> {
    const early: ChatEvent[] = [];
    let onEvents = (events: readonly ChatEvent[]): void => {
      early.push(...events);
    };
    this.#hub.subscribe(row.id, (events) => onEvents(events), this.#abort.signal);
    const saved = await inTurn(() => this.#query(() => readSavedMessage(this.#db, row)));
    const remote = new RemoteAnswer(saved, () => this.#isGone(row.id), isJson);
    this.#remote = remote;
    // Without a log, the answer has just begun, or it has ended in the meantime.
    if (saved.entries.length === 0) await this.#query(() => remote.poll(this.#db));
    onEvents = (events) => {
      this.#deliveredAt = performance.now();
      const hadGap = remote.hasGap;
      remote.receive(events);
      if ((remote.hasGap && !hadGap) || remote.mayWait) this.#wake.abort();
    };
    if (early.length > 0) onEvents(early);
    void this.#poll(remote);
    return remote.answer;
  }

  /** Runs a query outside of the readers' contexts, or in that of the first one when the client needs it. */
  async #query<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#db.isContextual) return this.#inContext(task);
    try {
      return await runOutside(task);
    } catch (error) {
      const result = await this.#inContext(task);
      this.#db.contextNeed.noteRefusal(error);
      return result;
    }
  }

  /** Whether a row that was not found is gone. Outside of the readers' contexts it may only be hidden. */
  async #isGone(id: string): Promise<boolean> {
    const find = async () =>
      (await this.#db.message.findFirst({ where: { id }, select: { id: true } })) !== null;
    return !(await isThere(this.#db.contextNeed, this.#inContext, find));
  }

  async #poll(remote: RemoteAnswer): Promise<void> {
    const { signal } = this.#abort;
    let isAhead = false;
    while (!signal.aborted && remote.answer.final === null) {
      const isHubEnough = this.#hub.isConnected && !isAhead && !remote.hasGap;
      const pauseMs = isHubEnough ? connectedPollMs : pollMs;
      await wait(pauseMs, AbortSignal.any([signal, this.#wake.signal]));
      this.#wake = new AbortController();
      if (signal.aborted) return;
      // While the hub delivers, the producer is alive and the database has nothing more.
      const isDelivering = performance.now() - this.#deliveredAt < connectedPollMs;
      if (isDelivering && !remote.hasGap && !remote.mayWait) continue;
      try {
        isAhead = await this.#query(() => remote.poll(this.#db));
      } catch {
        // The database is unavailable. Readers keep what they have until a later poll succeeds.
      }
    }
  }
}
