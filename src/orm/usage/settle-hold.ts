import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/prisma-client-like.ts";
import type { AccountRow } from "../database/rows.ts";
import { releaseHold } from "./account-statements.ts";
import { priceOf, textTokens } from "./estimate-tokens.ts";
import { addToLedger } from "./ledger-statements.ts";
import { readHeldCall } from "./spending.ts";

/**
 * The statements that end the hold of a process that is gone: its call gets into the ledger as it was estimated, and
 * what it held is free again. Run them after a lock, as with `releaseHold`.
 *
 * @param characters how many characters of its answer were saved.
 */
export function settleHold(
  db: Database,
  hold: AccountRow,
  characters: number,
  now: number,
): readonly PrismaPromise<unknown>[] {
  const call = readHeldCall(hold);
  if (call === null) return releaseHold(db, hold.id);
  const { inputTokens, provider, model } = call;
  const tokens = { inputTokens, outputTokens: textTokens(characters) };
  const entry = {
    ...call,
    ...tokens,
    scope: hold.scope,
    statusCode: 0,
    errorCode: "INTERRUPTED",
    duration: 0,
    cachedTokens: null,
    cost: priceOf(tokens, model, provider),
    isEstimate: true,
  };
  return [...addToLedger(db, entry, now), ...releaseHold(db, hold.id)];
}
