import type { ChatRequest } from "@node-llm/core";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/prisma-client-like.ts";
import type { SqlText } from "../database/sql-text.ts";
import { releaseHold } from "./account-statements.ts";
import { requestTokens, textTokens } from "./estimate-tokens.ts";
import type { LedgerEntry } from "./ledger-statements.ts";
import { addToLedger } from "./ledger-statements.ts";
import type { RequestOutcome } from "./record-call.ts";
import { recordCall } from "./record-call.ts";
import { findOverspending } from "./refusal.ts";
import type { Spending } from "./spending.ts";

/** The answer that calls are made for. */
interface MeteredAnswer {
  readonly chatId: string;
  readonly messageId: string;
  /** Who pays; undefined when nobody does. */
  readonly spending: Spending | undefined;
  /** True when an earlier call has used what the answer holds. */
  readonly isHoldUsed: boolean;
  /** How many characters the model has written in the latest call. */
  readonly readLength: () => number;
}

/** Records the calls of an answer, and admits each of them. */
export class CallMeter {
  readonly #db: Database;
  readonly #answer: MeteredAnswer;
  #request: ChatRequest | null = null;
  /** Failed calls that could not be recorded. */
  #unrecorded: LedgerEntry[] = [];

  constructor(db: Database, answer: MeteredAnswer) {
    this.#db = db;
    this.#answer = answer;
  }

  /**
   * Called before each call of the provider. The answer holds what its first call may cost. A further one, after tools,
   * is admitted while what is settled and what others have reserved are below the budget.
   *
   * @throws ChatError `TOO_MANY_REQUESTS` when the budget is used up.
   */
  async admit(request: ChatRequest): Promise<void> {
    const { spending, messageId, isHoldUsed } = this.#answer;
    const isFirst = this.#request === null && !isHoldUsed;
    this.#request = request;
    if (isFirst || spending === undefined || spending.budget === null) return;
    const account = this.#db.ledger?.account;
    const ids = [spending.scope, messageId];
    const rows = (await account?.findMany({ where: { id: { in: ids } } })) ?? [];
    const [totals, own] = ids.map((id) => rows.find((row) => row.id === id) ?? null);
    const error = findOverspending(totals ?? null, own ?? null, spending.budget, Date.now());
    if (error !== null) throw error;
  }

  /** Called after each call, however it ended. */
  async record(outcome: RequestOutcome): Promise<void> {
    const { chatId, messageId, spending, readLength } = this.#answer;
    const owner = { chatId, messageId, kind: "answer", scope: spending?.scope ?? "" } as const;
    const request = this.#request;
    const unrecorded = await recordCall(this.#db, owner, outcome, {
      // Rarely needed, and a history may be long.
      estimate: () => ({
        inputTokens: request === null ? 0 : requestTokens(request),
        outputTokens: textTokens(readLength()),
      }),
    });
    if (unrecorded !== null) this.#unrecorded.push(unrecorded);
  }

  /**
   * The statements that end what the answer holds, with the calls that could not be recorded before.
   *
   * @param condition a condition without which the answer keeps what it holds.
   */
  release(condition?: SqlText): readonly PrismaPromise<unknown>[] {
    const { spending, messageId } = this.#answer;
    const late = this.#unrecorded.flatMap((entry) => addToLedger(this.#db, entry, Date.now()));
    const isHeld = spending !== undefined && this.#db.ledger !== null;
    return isHeld ? [...late, ...releaseHold(this.#db, messageId, condition)] : late;
  }
}
