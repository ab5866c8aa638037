import { randomUUID } from "node:crypto";
import type { AnswerErrorCode } from "../../chat/error-codes.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/client/prisma-client-like.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../database/prisma-errors.ts";
import type { CallTokens } from "./estimate-tokens.ts";
import { priceOf } from "./estimate-tokens.ts";
import type { LedgerEntry } from "./ledger-statements.ts";
import { addToLedger, addToLedgerOnce, interrupted, readCall } from "./ledger-statements.ts";
import { describeFailure, framesOf } from "../failures/describe-failure.ts";

/** How a call of the provider ended. */
export interface RequestOutcome {
  /** The provider's id. */
  readonly provider: string;
  readonly model: string;
  /** The HTTP status; 499 when this package ended the call, 0 when no response came. */
  readonly statusCode: number;
  /** Milliseconds. */
  readonly duration: number;
  /** All tokens that the model read, those from the provider's cache included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** How many of the input tokens came from the provider's cache; null when it does not say. */
  readonly cachedTokens: number | null;
  /** US dollars; null when the price is not known. */
  readonly cost: number | null;
  /** Why the call failed; null when it succeeded. */
  readonly errorCode: AnswerErrorCode | null;
}

/** What a call was made for, and who pays. */
export interface CallOwner {
  readonly chatId: string;
  readonly messageId: string;
  readonly kind: LedgerEntry["kind"];
  /** The key of the scope that pays; empty outside of a router. */
  readonly scope: string;
}

/** What else is done with the record of a call. */
export interface RecordOptions {
  /** The id of the call in the ledger. */
  readonly callId: string;
  /** The tokens of the call as far as its text tells, for a provider that does not report them. */
  readonly estimate: () => CallTokens;
  /** False for a call that belongs to no message of the chat. */
  readonly isOfMessage?: boolean;
  /** Creates statements that run in the same transaction, at its end. */
  readonly after?:
    | (() => readonly PrismaPromise<unknown>[] | Promise<readonly PrismaPromise<unknown>[]>)
    | undefined;
  /** Called with what could not be added to the ledger, for another attempt. */
  readonly onUnrecorded: (entry: LedgerEntry) => void;
}

/**
 * Records a call of the provider: as a request of its chat, and in the ledger of its scope. If the message has been
 * deleted since, the request refers to no message; if the whole chat has been deleted, there is only the ledger.
 *
 * @throws the database's error, but only for a call that succeeded. The own error of a failed one explains more.
 */
export async function recordCall(
  db: Database,
  owner: CallOwner,
  outcome: RequestOutcome,
  { callId, estimate, isOfMessage = true, after = () => [], onUnrecorded }: RecordOptions,
): Promise<void> {
  const { chatId, messageId } = owner;
  const entry: LedgerEntry = {
    ...owner,
    ...outcome,
    ...settle(outcome, estimate),
    id: callId,
  };
  const id = randomUUID();
  type Add = () => readonly PrismaPromise<unknown>[] | Promise<readonly PrismaPromise<unknown>[]>;
  const write = async (
    request: { readonly messageId: string | null } | null,
    add: Add,
  ): Promise<void> => {
    const data = request && db.pick("request", { ...outcome, ...request, id, chatId });
    const [added, further] = [await add(), await after()];
    await db.batch([...(data === null ? [] : db.insert("request", [data])), ...added, ...further]);
  };
  const orWithout = async (error: unknown, next: () => Promise<void>): Promise<void> => {
    if (!isForeignKeyViolation(error)) throw error;
    await next();
  };
  const record = (add: Add): Promise<void> =>
    write({ messageId: isOfMessage ? messageId : null }, add).catch((error: unknown) =>
      orWithout(error, () =>
        write({ messageId: null }, add).catch((again: unknown) =>
          orWithout(again, () => write(null, add)),
        ),
      ),
    );
  try {
    await record(() => addToLedger(db, entry, Date.now())).catch(async (error: unknown) => {
      const known = await readCall(db, callId).catch(() => null);
      // Another process has believed this one dead, and has estimated the call.
      if (known?.errorCode === interrupted || isUniqueViolation(error))
        await record(() => addToLedgerOnce(db, entry));
      // The database has committed it if the call is there: only its answer was lost.
      else if (known === null) throw error;
    });
  } catch (error) {
    onUnrecorded(entry);
    if (outcome.errorCode === null) throw error;
    process.emitWarning(
      `node-llm-trpc: a failed request of chat ${chatId} could not be recorded: ${describeFailure(error)}${framesOf(error)}`,
    );
  }
}

/** What the ledger says of a call that the provider reported no tokens of, or only some. */
function settle(
  outcome: RequestOutcome,
  estimateTokens: () => CallTokens,
): CallTokens & Pick<LedgerEntry, "cost" | "isEstimate"> {
  const { statusCode, inputTokens, outputTokens, cost, errorCode, model, provider } = outcome;
  const isReported = inputTokens + outputTokens > 0;
  const exact = { inputTokens, outputTokens, cost, isEstimate: false };
  if (isReported && errorCode === null) return exact;
  const estimate = estimateTokens();
  if (isReported && outputTokens >= estimate.outputTokens) return exact;
  // Providers charge nothing for a request that they refuse.
  const isRefused = statusCode >= 400 && statusCode !== 499;
  if (isRefused && !isReported && estimate.outputTokens === 0)
    return { inputTokens: 0, outputTokens: 0, cost: 0, isEstimate: true };
  const tokens = {
    inputTokens: inputTokens > 0 ? inputTokens : estimate.inputTokens,
    outputTokens: Math.max(outputTokens, estimate.outputTokens),
  };
  const price = priceOf(tokens, model, provider);
  const known = price === null ? cost : Math.max(price, cost ?? 0);
  return { ...tokens, cost: known, isEstimate: true };
}
