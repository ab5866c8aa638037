import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/client/prisma-client-like.ts";
import type { AccountRow, ToolCallRow } from "../database/rows.ts";
import { lockBeforeRelease, releaseHold } from "./account-statements.ts";
import type { CallTokens } from "./estimate-tokens.ts";
import { priceOf } from "./estimate-tokens.ts";
import { addToLedger, interrupted, nextCallId, readCall } from "./ledger-statements.ts";
import type { HeldCall } from "./spending.ts";
import { readHeldCall } from "./spending.ts";
import { textTokens } from "./text-tokens.ts";

/**
 * The statements that end the hold of a process that is gone: its call gets into the ledger as it was estimated, and
 * what it held is free again. Run them after a lock, as with `releaseHold`.
 *
 * @param lost the call that was in progress, as far as the hold does not tell; null when there was none.
 */
export function settleHold(
  db: Database,
  hold: AccountRow,
  lost: LostCall | null,
  now: number,
): readonly PrismaPromise<unknown>[] {
  const call = readHeldCall(hold);
  const first =
    call === null || lost === null
      ? lockBeforeRelease(db, hold.scope)
      : addToLedger(db, entryOf(call, hold.scope, lost), now);
  return [...first, ...releaseHold(db, hold.id)];
}

/** A call that was in progress when its process died. */
interface LostCall extends CallTokens {
  /** The id of the call in the ledger. */
  readonly id: string;
}

/**
 * The call that a hold was taken for, of which nothing was written.
 *
 * @returns null when there was none, or when it is in the ledger.
 */
export async function findHeldCall(db: Database, hold: AccountRow): Promise<LostCall | null> {
  const call = readHeldCall(hold);
  if (call === null || (await readCall(db, call.id)) !== null) return null;
  return { id: call.id, inputTokens: 0, outputTokens: 0 };
}

function entryOf(call: HeldCall, scope: string, { id, inputTokens, outputTokens }: LostCall) {
  const tokens = { inputTokens: Math.max(call.inputTokens, inputTokens), outputTokens };
  return {
    ...call,
    ...tokens,
    id,
    scope,
    statusCode: 0,
    errorCode: interrupted,
    duration: 0,
    cachedTokens: null,
    cost: priceOf(tokens, call.model, call.provider),
    isEstimate: true,
  };
}

/** What is left of an answer whose process is gone. */
interface LostAnswer {
  readonly createdAt: Date;
  /** What the model has written since its last call of a tool. */
  readonly written: string;
  readonly toolCalls: readonly Pick<ToolCallRow, "step" | "result">[];
}

/** How much the clocks of two processes may differ, in milliseconds. */
const clockMs = 60_000;

/**
 * Finds out which call of an answer was in progress when its process died. Under a budget its hold tells; without one,
 * only its first call is held, and the ledger and the answer tell the rest.
 *
 * @returns null when there was none: a tool was running, or the last call is in the ledger.
 */
export async function findLostCall(
  db: Database,
  hold: AccountRow,
  { createdAt, written, toolCalls }: LostAnswer,
): Promise<LostCall | null> {
  const isInTool = written === "" && toolCalls.some(({ result }) => result === null);
  const call = readHeldCall(hold);
  if (db.ledger === null || call === null || isInTool) return null;
  const outputTokens = textTokens(written);
  const recorded = await db.ledger.usage.findMany({
    where: {
      scope: hold.scope,
      messageId: hold.id,
      kind: "answer",
      createdAt: { gte: new Date(createdAt.getTime() - clockMs) },
    },
    orderBy: { createdAt: "desc" },
  });
  const steps = new Set(toolCalls.map(({ step }) => step)).size;
  const successes = recorded.filter(({ errorCode }) => errorCode === null);
  if (successes.length > steps) return null;
  const [last] = successes;
  // The process that had it records it under the same id if it was only slow.
  const ids = new Set(recorded.map((row) => row.id));
  let { id } = call;
  while (ids.has(id)) id = nextCallId(id);
  return {
    id,
    inputTokens: last === undefined ? 0 : last.inputTokens + last.outputTokens,
    outputTokens,
  };
}
