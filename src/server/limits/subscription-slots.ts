import { randomUUID } from "node:crypto";
import { runOutside } from "../../orm/context/async-context.ts";
import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../../orm/database/database.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import type { AccountLimits, Claim } from "../../orm/usage/account-statements.ts";
import { lockTotals, releaseHold, shrinkHold } from "../../orm/usage/account-statements.ts";
import { withRoom } from "../../orm/usage/claim-room.ts";

/** After how long without a renewal the subscriptions of a process count as closed, in milliseconds. */
const leaseMs = 60_000;
/** How often a process renews them, in milliseconds. */
const renewMs = 20_000;
/** How long a closed subscription keeps its place for the next one of the same scope, in milliseconds. */
const keepMs = 1_000;

/** How many holds one statement renews. */
const batchSize = 500;

const unlimited: AccountLimits = {
  answersAtOnce: null,
  answersPerMinute: null,
  openSubscriptions: null,
  chatsPerMinute: null,
};

/** The subscriptions of one scope in this process. */
interface Slots {
  readonly scope: string;
  /** The id of their hold. */
  readonly holdId: string;
  /** Subscriptions that are open or about to be. */
  open: number;
  /** Places that this process has taken in the database. */
  held: number;
  /** Those of them that are not used any more. */
  spare: number;
  /** Subscriptions that are about to take a place together. */
  waiting: Waiting[];
  /** Changes of the hold run one after the other. */
  last: Promise<unknown>;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Counts the open subscriptions of each scope in the database, so that all instances together keep the limit. What a
 * process holds expires when the process no longer renews it.
 */
export class SubscriptionSlots {
  readonly #db: Database;
  readonly #limits: AccountLimits;
  readonly #slots = new Map<string, Slots>();
  #keepTimer: NodeJS.Timeout | null = null;
  #renewTimer: NodeJS.Timeout | null = null;

  constructor(db: Database, limits: AccountLimits) {
    this.#db = db;
    this.#limits = limits;
  }

  /**
   * Takes a place for a subscription.
   *
   * @param scope the key of the scope.
   * @returns a function that gives the place back, once.
   * @throws ChatError `TOO_MANY_REQUESTS` when the scope has as many open as it may have.
   */
  async take(scope: string): Promise<() => void> {
    if (this.#limits.openSubscriptions === null) return () => undefined;
    const slots = this.#slotsOf(scope);
    slots.open++;
    if (slots.spare > 0) slots.spare--;
    else await this.#takeNew(slots);
    this.#renewTimer ??= this.#later(() => void this.#renew(), renewMs);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      slots.open--;
      slots.spare++;
      this.#keepTimer ??= this.#later(() => {
        this.#keepTimer = null;
        void this.#giveBack();
      }, keepMs);
    };
  }

  /**
   * Takes a place with all that want one of the same scope at the same time: when a process has restarted, thousands of
   * readers come back at once.
   */
  async #takeNew(slots: Slots): Promise<void> {
    try {
      if (this.#db.isContextual) await this.#inOrder(slots, () => this.#takePlaces(slots, 1));
      else
        await new Promise<void>((resolve, reject) => {
          slots.waiting.push({ resolve, reject });
          if (slots.waiting.length === 1) void this.#inOrder(slots, () => this.#takeWaiting(slots));
        });
    } catch (error) {
      slots.open--;
      throw error;
    }
  }

  async #takeWaiting(slots: Slots): Promise<void> {
    let waiting = slots.waiting.splice(0);
    // The database does not compare what the first claim of a scope takes with the limit.
    let size = Math.max(1, this.#limits.openSubscriptions ?? Infinity);
    while (waiting.length > 0) {
      const some = waiting.slice(0, size);
      try {
        await this.#takePlaces(slots, some.length);
        for (const one of some) one.resolve();
        waiting = waiting.slice(some.length);
      } catch (error) {
        // There may be room for some of them.
        const isRefused = error instanceof ChatError && error.code === "TOO_MANY_REQUESTS";
        if (!isRefused || some.length === 1) {
          for (const one of waiting) one.reject(error);
          return;
        }
        size = 1;
      }
    }
  }

  async #takePlaces(slots: Slots, count: number): Promise<void> {
    await this.#hold(slots, count, this.#limits);
    slots.held += count;
  }

  /** Gives all places back, when the process ends. */
  async close(): Promise<void> {
    if (this.#keepTimer !== null) clearTimeout(this.#keepTimer);
    if (this.#renewTimer !== null) clearTimeout(this.#renewTimer);
    await this.#giveBack();
  }

  /** Starts a timer outside of the context of the request that needs it. */
  #later(task: () => void, delay: number): NodeJS.Timeout {
    return runOutside(() => setTimeout(task, delay).unref());
  }

  #slotsOf(scope: string): Slots {
    const known = this.#slots.get(scope);
    if (known !== undefined) return known;
    const last = Promise.resolve();
    const slots = { scope, holdId: randomUUID(), open: 0, held: 0, spare: 0, waiting: [], last };
    this.#slots.set(scope, slots);
    return slots;
  }

  #inOrder<Result>(slots: Slots, task: () => Promise<Result>): Promise<Result> {
    const result = slots.last.then(task, task);
    slots.last = result.catch(() => undefined);
    return result;
  }

  async #hold({ scope, holdId }: Slots, count: number, limits: AccountLimits): Promise<void> {
    const hold = { id: holdId, subscriptions: count, expiresAt: Date.now() + leaseMs };
    const claim: Claim = { scope, limits, budget: null, hold };
    await withRoom(this.#db, claim, recoverMessage, (taking) => this.#db.batch(taking));
  }

  /** What has expired because this process did not run for a while is taken again, whatever the limit is. */
  async #renew(): Promise<void> {
    const account = this.#db.ledger?.account;
    const slots = [...this.#slots.values()].filter(({ open }) => open > 0);
    this.#renewTimer = slots.length === 0 ? null : this.#later(() => void this.#renew(), renewMs);
    if (account === undefined || slots.length === 0) return;
    try {
      for (let start = 0; start < slots.length; start += batchSize) {
        const batch = slots.slice(start, start + batchSize);
        const where = { id: { in: batch.map(({ holdId }) => holdId) } };
        const data = { expiresAt: BigInt(Date.now() + leaseMs) };
        await this.#db.write(() => account.updateMany({ where, data }));
        const rows = await account.findMany({ where });
        const found = new Map(rows.map(({ id, subscriptions }) => [id, subscriptions]));
        for (const one of batch.filter(({ holdId, held }) => (found.get(holdId) ?? 0) < held))
          await this.#inOrder(one, async () => {
            // What was about to be taken or given back is by now.
            const [row] = await account.findMany({ where: { id: one.holdId } });
            const lost = one.held - (row?.subscriptions ?? 0);
            if (lost > 0) await this.#hold(one, lost, unlimited);
          });
      }
    } catch {
      // The database cannot be reached. The next renewal may succeed.
    }
  }

  async #giveBack(): Promise<void> {
    for (const slots of this.#slots.values()) {
      await this.#inOrder(slots, async () => {
        const { spare, open, scope, holdId } = slots;
        if (spare === 0) return;
        slots.spare = 0;
        try {
          const change =
            open === 0 ? releaseHold(this.#db, holdId) : [shrinkHold(this.#db, holdId, spare)];
          await this.#db.batch([lockTotals(this.#db, scope), ...change]);
          slots.held -= spare;
        } catch {
          // The database cannot be reached. The places are given back later, or expire.
          slots.spare += spare;
        }
      });
      if (slots.open === 0 && slots.spare === 0) this.#slots.delete(slots.scope);
    }
  }
}
