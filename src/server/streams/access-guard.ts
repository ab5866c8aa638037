import type { ChatError } from "../../chat/chat-error.ts";
import type { InContext } from "../../orm/context/async-context.ts";
import { keepContext, runOutside } from "../../orm/context/async-context.ts";
import { isThere } from "../../orm/context/is-there.ts";
import type { Database } from "../../orm/database/database.ts";
import { isUnavailable } from "../../orm/database/prisma-errors.ts";
import type { Caller } from "../chat-access.ts";
import { scopeKey } from "../../orm/usage/scope-key.ts";
import { abortable, settled } from "../../shared/abortable.ts";
import { groupBy } from "../../shared/collections/group-by.ts";
import { Rounds } from "./rounds.ts";
import { runAtOnce } from "./run-at-once.ts";
import { readDeletions } from "../chats/deletions.ts";
import { findsChat } from "../../orm/database/finds-chat.ts";
import { accessUnchecked, subscriptionExpired } from "../errors.ts";
import { isInScope } from "../scope.ts";

/** Times in milliseconds. */
export interface GuardTimes {
  /** After how long a subscription is ended, so that its client passes the app's middlewares again. */
  readonly maxAgeMs: number;
  /** How often the chats of open subscriptions are compared with the scopes of their readers. */
  readonly checkMs: number;
  /** How often the app's `revalidate` is asked about a subscription. */
  readonly askMs: number;
  /** How long that may take, and how long a comparison. */
  readonly askTimeoutMs: number;
  /** How long somebody waits for a check, such as the end of an answer. */
  readonly waitMs: number;
  /** After how long without a successful check a subscription is ended. */
  readonly maxUncheckedMs: number;
}

const defaultTimes: GuardTimes = {
  maxAgeMs: 300_000,
  checkMs: 5_000,
  askMs: 30_000,
  askTimeoutMs: 10_000,
  waitMs: 2_000,
  maxUncheckedMs: 40_000,
};

/** How many chats one statement reads. */
const batchSize = 500;
/** How many statements run at the same time; of a client that is asked for each caller, one reads one chat. */
const statementsAtOnce = { together: 4, each: 16 };

/** The option `revalidate` of a chat router. */
export type Revalidate<Context> = (options: { ctx: Context }) => boolean | Promise<boolean>;

/** Who reads what. */
interface GuardedReader<Context> {
  readonly caller: Caller<Context>;
  readonly chatId: string;
  /** Ends the subscription with an error. */
  readonly end: (error: unknown) => void;
  /** The error of a caller who may not read it any more. */
  readonly notFound: () => ChatError;
}

/** A subscription that is open. */
interface Guarded<Context> extends GuardedReader<Context> {
  /** Runs a query in the context of the request that opened the subscription. */
  readonly inContext: InContext;
  /** Asks the app; null when it has no `revalidate`. */
  readonly ask: (() => Promise<boolean>) | null;
  readonly expiresAt: number;
  /** When the last check began that has found the chat in the caller's scope; that of opening it counts. */
  checkedAt: number;
  /** The number of that check, in their order; 0 for that of opening it. */
  checked: number;
  askAt: number;
}

type Pass<Context> = (guarded: Guarded<Context>) => void;

/** The guard of one subscription. */
export interface Guard {
  /**
   * Checks the subscription, together with others, and ends it if its caller may no longer read it. Never rejects.
   *
   * @returns true when the caller may read what has happened before the call; false also when the database did not say.
   */
  readonly check: () => Promise<boolean>;
  /** Call it when the subscription has ended. */
  readonly leave: () => void;
}

/**
 * Ends subscriptions whose caller may no longer read them: the chat has left the scope, the app says so, or they have
 * reached their greatest age. They are checked together, at intervals and whenever somebody asks. However long the
 * database takes, none of them stays open for long without a check.
 */
export class AccessGuard<Context> {
  readonly #db: Database;
  readonly #times: GuardTimes;
  readonly #revalidate: Revalidate<Context> | undefined;
  readonly #guarded = new Set<Guarded<Context>>();
  /** The checks at intervals. */
  readonly #due = new Rounds<Guarded<Context>>((guarded) =>
    this.#check(guarded, this.#times.askTimeoutMs),
  );
  /** The checks that somebody waits for. */
  readonly #asked = new Rounds<Guarded<Context>>((guarded) =>
    this.#check(guarded, this.#times.waitMs),
  );
  /** True when a statement outside of any context has found the chats of readers who have no scope. */
  #isOpen = false;
  /** How many checks have begun. */
  #checks = 0;
  #isRunning = false;

  constructor(db: Database, revalidate?: Revalidate<Context>, times: Partial<GuardTimes> = {}) {
    this.#db = db;
    this.#times = { ...defaultTimes, ...times };
    this.#revalidate = revalidate;
  }

  /** Guards a subscription. */
  guard(reader: GuardedReader<Context>): Guard {
    const now = performance.now();
    const revalidate = this.#revalidate;
    const { maxAgeMs, askMs } = this.#times;
    const inContext = keepContext();
    const { caller, chatId, end, notFound } = reader;
    const { ctx } = caller;
    const guarded: Guarded<Context> = {
      caller,
      chatId,
      end,
      notFound,
      // The app is asked in the context of the request that opened the subscription.
      ask: revalidate === undefined ? null : () => inContext(async () => await revalidate({ ctx })),
      inContext,
      // Not all of those that were opened together end together.
      expiresAt: now + maxAgeMs * (0.9 + Math.random() / 10),
      checkedAt: now,
      checked: 0,
      askAt: now + askMs,
    };
    this.#guarded.add(guarded);
    if (!this.#isRunning) void runOutside(() => this.#run());
    return {
      check: async () => {
        if (!this.#isChecked(guarded)) return true;
        const begun = this.#checks;
        await runOutside(() => this.#asked.add(guarded));
        return this.#guarded.has(guarded) && guarded.checked > begun;
      },
      leave: () => this.#guarded.delete(guarded),
    };
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#guarded.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs()).unref());
      // Nothing here waits for the database or the app, so that it runs in time.
      for (const guarded of this.#guarded) this.#look(guarded, performance.now());
    }
    this.#isRunning = false;
  }

  /** Until the next check, or until a subscription reaches its greatest age. */
  #pauseMs(): number {
    const now = performance.now();
    let pause = this.#times.checkMs;
    for (const { expiresAt } of this.#guarded) pause = Math.min(pause, expiresAt - now);
    return Math.max(1, pause);
  }

  #look(guarded: Guarded<Context>, now: number): void {
    if (guarded.expiresAt <= now) {
      this.#end(guarded, subscriptionExpired());
      return;
    }
    if (guarded.ask !== null && guarded.askAt <= now) this.#revalidateNow(guarded, guarded.ask);
    if (!this.#isChecked(guarded)) guarded.checkedAt = now;
    // The database cannot be reached, does not answer, or has more to do than it can.
    else if (now - guarded.checkedAt > this.#times.maxUncheckedMs)
      this.#end(guarded, accessUnchecked());
    else void this.#due.add(guarded);
  }

  /** Whether the database decides if the subscription may go on. */
  #isChecked({ caller }: Guarded<Context>): boolean {
    return !this.#isOpen || this.#db.isContextual || Object.keys(caller.scope).length > 0;
  }

  /** A reader that does not read notices its end late, and is not looked after until then. */
  #end(guarded: Guarded<Context>, error: unknown): void {
    if (this.#guarded.delete(guarded)) guarded.end(error);
  }

  #revalidateNow(guarded: Guarded<Context>, ask: () => Promise<boolean>): void {
    guarded.askAt = performance.now() + this.#times.askMs;
    abortable(ask(), AbortSignal.timeout(this.#times.askTimeoutMs)).then(
      (isAllowed) => {
        if (!isAllowed) this.#end(guarded, guarded.notFound());
      },
      (error: unknown) => this.#end(guarded, error),
    );
  }

  /** @param timeoutMs for each statement. What fails or takes longer is tried again with the next check. */
  async #check(guarded: readonly Guarded<Context>[], timeoutMs: number): Promise<void> {
    const open = guarded.filter((one) => this.#guarded.has(one));
    // A client that looks at the context of a query is asked for each caller.
    if (this.#db.isContextual) {
      await runAtOnce(open, statementsAtOnce.each, (one) =>
        settled(this.#checkOne(one), timeoutMs),
      );
      return;
    }
    const chats = [...groupBy(open, ({ chatId }) => chatId).values()];
    const batches: Guarded<Context>[][] = [];
    for (let start = 0; start < chats.length; start += batchSize)
      batches.push(chats.slice(start, start + batchSize).flat());
    await runAtOnce(batches, statementsAtOnce.together, (batch) =>
      settled(this.#checkBatch(batch), timeoutMs),
    );
  }

  /** @returns what notes that the check, which begins now, has found a chat in the scope of a caller. */
  #beginCheck(): Pass<Context> {
    const now = performance.now();
    const number = ++this.#checks;
    return (one) => {
      // A check may take longer than one that began after it.
      if (one.checked > number) return;
      one.checkedAt = now;
      one.checked = number;
    };
  }

  async #checkOne(one: Guarded<Context>): Promise<void> {
    const pass = this.#beginCheck();
    if (await one.inContext(() => this.#findsChat(one))) pass(one);
    else this.#end(one, one.notFound());
  }

  async #checkBatch(guarded: readonly Guarded<Context>[]): Promise<void> {
    try {
      await this.#checkTogether(guarded);
    } catch (error) {
      const [first, ...rest] = guarded;
      if (first === undefined || isUnavailable(error)) throw error;
      // What is refused outside of any context may be allowed in that of a caller.
      await this.#checkOne(first);
      this.#db.contextNeed.noteRefusal(error);
      await runAtOnce(rest, statementsAtOnce.each, (one) => this.#checkOne(one));
    }
  }

  async #checkTogether(guarded: readonly Guarded<Context>[]): Promise<void> {
    const columns = guarded.flatMap(({ caller }) => Object.keys(caller.scope));
    const ids = [...new Set(guarded.map(({ chatId }) => chatId))];
    const select = Object.fromEntries(["id", ...columns].map((column) => [column, true as const]));
    const pass = this.#beginCheck();
    const rows = await this.#db.chat.findMany({ where: { id: { in: ids } }, select });
    const byId = new Map(rows.map((row) => [row.id, { ...row }]));
    if (rows.length === ids.length) this.#isOpen = true;
    const outside: Guarded<Context>[] = [];
    const unseen: Guarded<Context>[] = [];
    for (const one of guarded) {
      if (!this.#guarded.has(one)) continue;
      const row = byId.get(one.chatId);
      if (row === undefined) unseen.push(one);
      else if (isInScope(row, one.caller.scope)) pass(one);
      else outside.push(one);
    }
    for (const same of groupBy(outside, ({ caller }) => scopeKey(caller.scope)).values())
      await this.#checkOutside(same, pass);
    if (unseen.length > 0) await this.#checkUnseen(unseen, pass);
  }

  /** Asks the database, which may compare in another way, about chats that do not look as if they were in a scope. */
  async #checkOutside(guarded: readonly Guarded<Context>[], pass: Pass<Context>): Promise<void> {
    const id = { in: [...new Set(guarded.map(({ chatId }) => chatId))] };
    const where = { id, ...guarded[0]?.caller.scope };
    const rows = await this.#db.chat.findMany({ where, select: { id: true } });
    const found = new Set(rows.map((row) => row.id));
    for (const one of guarded) {
      if (found.has(one.chatId)) pass(one);
      else this.#end(one, one.notFound());
    }
  }

  /** Chats that were not found are hidden outside of their readers' contexts, or gone. */
  async #checkUnseen(guarded: readonly Guarded<Context>[], pass: Pass<Context>): Promise<void> {
    const gone: Guarded<Context>[] = [];
    await runAtOnce(guarded, statementsAtOnce.each, async (one) => {
      if (await isThere(this.#db.contextNeed, one.inContext, () => this.#findsChat(one))) pass(one);
      else gone.push(one);
    });
    const deletions = await readDeletions(
      this.#db,
      gone.map(({ chatId }) => chatId),
    );
    for (const one of gone) {
      const owner = deletions.get(one.chatId) ?? scopeKey(one.caller.scope);
      // Its answer and its notices tell the readers of a chat that was deleted, but not those of a former owner, or
      // where others decide who sees it.
      const isTold = owner === scopeKey(one.caller.scope) && !this.#db.isContextual;
      if (isTold) pass(one);
      else this.#end(one, one.notFound());
    }
  }

  #findsChat({ chatId, caller }: Guarded<Context>): Promise<boolean> {
    return findsChat(this.#db, chatId, caller.scope);
  }
}
