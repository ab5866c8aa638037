import type { ChatRequest } from "@node-llm/core";
import { randomUUID } from "node:crypto";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/client/prisma-client-like.ts";
import type { SqlText } from "../database/sql-text.ts";
import { lockBeforeRelease, releaseHold, settleCall } from "./account-statements.ts";
import type { Recover } from "./claim-room.ts";
import { withRoom } from "./claim-room.ts";
import { requestTokens, windowOf } from "./estimate-tokens.ts";
import type { LedgerEntry } from "./ledger-statements.ts";
import { addToLedgerOnce, nextCallId } from "./ledger-statements.ts";
import type { RequestOutcome } from "./record-call.ts";
import { recordCall } from "./record-call.ts";
import type { PricedModel, Spending } from "./spending.ts";
import { checkPrice, nextCallClaim } from "./spending.ts";

/** The answer that calls are made for. */
interface MeteredAnswer {
  readonly chatId: string;
  readonly messageId: string;
  /** Who pays; undefined when nobody does. */
  readonly spending: Spending | undefined;
  /** True when an earlier call has used what the answer holds. */
  readonly isHoldUsed: boolean;
  /** At most about how many tokens the model has written in the latest call. */
  readonly writtenTokens: () => number;
  readonly recover: Recover;
}

/** The latest call. */
interface MeteredCall extends PricedModel {
  readonly request: ChatRequest;
}

/** Reserves what each call of an answer may cost, and records what it has cost. */
export class CallMeter {
  readonly #db: Database;
  readonly #answer: MeteredAnswer;
  #call: MeteredCall | null = null;
  /** How many messages the model had read, and the tokens of them and of its answer, as its provider reported them. */
  #read: { readonly model: string; readonly messages: number; readonly tokens: number } | null =
    null;
  /** True while the answer holds what its next call, or the one in progress, may cost. */
  #isReserved: boolean;
  /** Calls that could not be recorded. */
  #unrecorded: readonly LedgerEntry[] = [];
  #callId: string;

  constructor(db: Database, answer: MeteredAnswer) {
    this.#db = db;
    this.#answer = answer;
    this.#isReserved = !answer.isHoldUsed;
    this.#callId = answer.spending?.callId ?? randomUUID();
  }

  /** The id of the call in progress, or else of the next one, in the ledger. */
  get callId(): string {
    return this.#callId;
  }

  /**
   * Called before each call of the provider. The first one was reserved with the answer; each further one, after tools
   * or another attempt, is admitted by the database in the same way.
   *
   * @throws ChatError `TOO_MANY_REQUESTS` when the budget is used up, `BAD_REQUEST` when the model has no price.
   */
  async admit(request: ChatRequest, { model, provider }: PricedModel): Promise<void> {
    const { spending, chatId, messageId, recover } = this.#answer;
    const call = { request, model, provider };
    this.#call = call;
    if (spending === undefined || spending.budget === null) return;
    checkPrice(spending.budget, call);
    if (this.#isReserved) return;
    const inputTokens = this.#inputTokens(call);
    const purpose = { kind: "answer", chatId, messageId } as const;
    const claim = nextCallClaim(spending, purpose, {
      callId: this.#callId,
      model: { model, provider },
      inputTokens,
    });
    await withRoom(this.#db, claim, recover, (taking) => this.#db.batch(taking));
    this.#isReserved = true;
  }

  /**
   * Called after each call, however it ended.
   *
   * @throws the database's error, but only for a call that succeeded.
   */
  async record(outcome: RequestOutcome): Promise<void> {
    const { chatId, messageId, spending, writtenTokens } = this.#answer;
    const owner = { chatId, messageId, kind: "answer", scope: spending?.scope ?? "" } as const;
    const call = this.#call;
    let isRecorded = true;
    const callId = this.#callId;
    this.#callId = nextCallId(callId);
    await recordCall(this.#db, owner, outcome, {
      callId,
      // Rarely needed, and a history may be long.
      estimate: () => ({
        inputTokens: call === null ? 0 : this.#inputTokens(call),
        outputTokens: writtenTokens(),
      }),
      after: async () => [...(await this.#late()), ...this.#settle()],
      onUnrecorded: (entry) => {
        isRecorded = false;
        this.#unrecorded = [...this.#unrecorded, entry];
      },
    });
    const { errorCode, model, inputTokens, outputTokens } = outcome;
    if (call !== null && errorCode === null && inputTokens > 0) {
      const messages = call.request.messages.length;
      this.#read = { model, messages, tokens: inputTokens + outputTokens };
    }
    // What could not be recorded is still held.
    if (!isRecorded) return;
    this.#unrecorded = [];
    this.#isReserved = false;
  }

  /**
   * The statements that end what the answer holds, with the calls that could not be recorded before.
   *
   * @param condition a condition without which the answer keeps what it holds.
   */
  async release(condition?: SqlText): Promise<readonly PrismaPromise<unknown>[]> {
    const { spending, messageId } = this.#answer;
    const late = await this.#late();
    if (spending === undefined || this.#db.ledger === null) return late;
    const lock = lockBeforeRelease(this.#db, spending.scope);
    return [...late, ...lock, ...releaseHold(this.#db, messageId, condition)];
  }

  /** The database may have recorded them, and not have been able to say so. */
  async #late(): Promise<readonly PrismaPromise<unknown>[]> {
    const added = await Promise.all(
      this.#unrecorded.map((entry) => addToLedgerOnce(this.#db, entry)),
    );
    return added.flat();
  }

  #settle(): readonly PrismaPromise<unknown>[] {
    const { spending, messageId } = this.#answer;
    const isReserving = spending !== undefined && spending.budget !== null;
    return isReserving && this.#db.ledger !== null ? [settleCall(this.#db, messageId)] : [];
  }

  /** At most about how many tokens the model reads for a call. What it has read before is known exactly. */
  #inputTokens({ request, model, provider }: MeteredCall): number {
    const read = this.#read;
    const isKnown =
      read !== null && read.model === model && read.messages < request.messages.length;
    const tokens = isKnown
      ? read.tokens + requestTokens({ messages: request.messages.slice(read.messages) })
      : requestTokens(request);
    return Math.min(tokens, windowOf(model, provider));
  }
}
