import type { ChatError } from "../../chat/chat-error.ts";
import type { InContext } from "../../orm/context/async-context.ts";
import { keepContext, runOutside } from "../../orm/context/async-context.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Caller } from "../chat-access.ts";
import { abortable } from "../../shared/abortable.ts";
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
  /** After how long without a successful check a subscription is ended. */
  readonly maxUncheckedMs: number;
}

const defaultTimes: GuardTimes = {
  maxAgeMs: 300_000,
  checkMs: 5_000,
  askMs: 30_000,
  askTimeoutMs: 10_000,
  maxUncheckedMs: 40_000,
};

/** How many chats one statement reads. */
const batchSize = 500;

/** The option `revalidate` of a chat router. */
export type Revalidate<Context> = (options: { ctx: Context }) => boolean | Promise<boolean>;

/** A subscription that is open. */
interface Guarded<Context> {
  readonly caller: Caller<Context>;
  readonly chatId: string;
  /** Ends the subscription with an error. */
  readonly end: (error: unknown) => void;
  /** The error of a caller who may not read it any more. */
  readonly notFound: () => ChatError;
  /** Runs a query in the context of the request that opened the subscription. */
  readonly inContext: InContext;
  /** Asks the app; null when it has no `revalidate`. */
  readonly ask: (() => Promise<boolean>) | null;
  readonly expiresAt: number;
  checkedAt: number;
  askAt: number;
}

/**
 * Ends subscriptions whose caller may no longer read them: the chat has left the scope, the app says so, or they have
 * reached their greatest age. One statement checks the chats of all subscriptions.
 */
export class AccessGuard<Context> {
  readonly #db: Database;
  readonly #times: GuardTimes;
  readonly #revalidate: Revalidate<Context> | undefined;
  readonly #guarded = new Set<Guarded<Context>>();
  #isRunning = false;

  constructor(db: Database, revalidate?: Revalidate<Context>, times: Partial<GuardTimes> = {}) {
    this.#db = db;
    this.#times = { ...defaultTimes, ...times };
    this.#revalidate = revalidate;
  }

  /**
   * Guards a subscription.
   *
   * @param end ends it with an error.
   * @param notFound the error of a caller who may not read it any more.
   * @returns a function to call when it has ended.
   */
  guard(
    caller: Caller<Context>,
    chatId: string,
    end: (error: unknown) => void,
    notFound: () => ChatError,
  ): () => void {
    const now = performance.now();
    const revalidate = this.#revalidate;
    const { maxAgeMs, askMs } = this.#times;
    const inContext = keepContext();
    const guarded: Guarded<Context> = {
      caller,
      chatId,
      end,
      notFound,
      // The app is asked in the context of the request that opened the subscription.
      ask:
        revalidate === undefined
          ? null
          : () => inContext(async () => await revalidate({ ctx: caller.ctx })),
      inContext,
      // Not all of those that were opened together end together.
      expiresAt: now + maxAgeMs * (0.9 + Math.random() / 10),
      checkedAt: now,
      askAt: now + askMs,
    };
    this.#guarded.add(guarded);
    if (!this.#isRunning) void runOutside(() => this.#run());
    return () => this.#guarded.delete(guarded);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#guarded.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, this.#pauseMs()).unref());
      this.#endOld([...this.#guarded]);
      const guarded = [...this.#guarded];
      for (const one of guarded) this.#revalidateDue(one);
      for (let start = 0; start < guarded.length; start += batchSize)
        await this.#check(guarded.slice(start, start + batchSize));
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

  /** A reader that does not read notices its end late, and is not looked after until then. */
  #end(guarded: Guarded<Context>, error: unknown): void {
    if (this.#guarded.delete(guarded)) guarded.end(error);
  }

  #endOld(guarded: readonly Guarded<Context>[]): void {
    const now = performance.now();
    for (const one of guarded) if (one.expiresAt <= now) this.#end(one, subscriptionExpired());
  }

  #revalidateDue(guarded: Guarded<Context>): void {
    const now = performance.now();
    if (guarded.ask === null || guarded.askAt > now) return;
    guarded.askAt = now + this.#times.askMs;
    abortable(guarded.ask(), AbortSignal.timeout(this.#times.askTimeoutMs)).then(
      (isAllowed) => {
        if (!isAllowed) this.#end(guarded, guarded.notFound());
      },
      (error: unknown) => this.#end(guarded, error),
    );
  }

  /** What cannot be checked for long is ended: the database cannot be reached, or does not answer. */
  async #check(guarded: readonly Guarded<Context>[]): Promise<void> {
    try {
      await abortable(this.#checkScopes(guarded), AbortSignal.timeout(this.#times.askTimeoutMs));
    } catch {
      const now = performance.now();
      for (const one of guarded)
        if (now - one.checkedAt > this.#times.maxUncheckedMs) this.#end(one, accessUnchecked());
    }
  }

  async #checkScopes(guarded: readonly Guarded<Context>[]): Promise<void> {
    const columns = guarded.flatMap(({ caller }) => Object.keys(caller.scope));
    if (columns.length === 0 && !this.#db.isContextual) return;
    const ids = [...new Set(guarded.map(({ chatId }) => chatId))];
    const select = Object.fromEntries(["id", ...columns].map((column) => [column, true as const]));
    const now = performance.now();
    // A client that looks at the context of a query is asked for each caller.
    const isContextual = this.#db.isContextual;
    const rows = isContextual
      ? []
      : await this.#db.chat.findMany({ where: { id: { in: ids } }, select });
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const one of guarded) {
      const row = byId.get(one.chatId);
      // Readers of a deleted chat are told by its answer and its notices.
      const isAllowed = row === undefined ? !isContextual : isInScope({ ...row }, one.caller.scope);
      if (isAllowed || (await one.inContext(() => this.#isStillInScope(one)))) one.checkedAt = now;
      else this.#end(one, one.notFound());
    }
  }

  async #isStillInScope({ chatId, caller }: Guarded<Context>): Promise<boolean> {
    const where = { id: chatId, ...caller.scope };
    return (await this.#db.chat.findFirst({ where, select: { id: true } })) !== null;
  }
}
