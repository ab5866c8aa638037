import { z } from "zod/v4";
import type { Database } from "../database/database.ts";
import type { AccountRow, MessageRow } from "../database/rows.ts";
import { raw, sql } from "../database/sql-text.ts";
import type { AccountLimits, Claim, Hold } from "./account-statements.ts";
import type { ChatBudget } from "./budget.ts";
import { priceOf, textTokens } from "./estimate-tokens.ts";

/** A model as its provider calls it. */
export interface PricedModel {
  readonly model: string;
  /** The provider's id. */
  readonly provider: string;
}

/** Who pays for the calls of a provider, and what one of them may need. */
export interface Spending {
  /** The key of the scope. */
  readonly scope: string;
  readonly limits: AccountLimits;
  /** Null for no budget. */
  readonly budget: ChatBudget | null;
  /** The model that is asked, with its provider's id, and those that may be asked in its place. */
  readonly models: readonly [PricedModel, ...PricedModel[]];
  /** About how many tokens the system prompt and the new question have. */
  readonly newTokens: number;
  /** How many tokens the model reads at most. */
  readonly maxInputTokens: number;
  /** How many tokens the model writes at most. */
  readonly maxOutputTokens: number;
}

/** What a call is made for. */
export interface CallPurpose {
  readonly kind: "answer" | "title";
  readonly chatId: string;
  readonly messageId: string;
}

/** A call that a hold was taken for, as it is stored: what the ledger needs to know if its process dies. */
const heldCall = z.object({
  id: z.string(),
  kind: z.enum(["answer", "title"]),
  chatId: z.string(),
  messageId: z.string(),
  provider: z.string(),
  model: z.string(),
  inputTokens: z.number(),
});

export type HeldCall = z.infer<typeof heldCall>;

/** The call of a hold. Null for a hold of something else, or of a newer version. */
export function readHeldCall({ call }: Pick<AccountRow, "call">): HeldCall | null {
  if (call === "") return null;
  const parsed = heldCall.safeParse(JSON.parse(call));
  return parsed.success ? parsed.data : null;
}

/**
 * What an answer or a title wants of the limits of its scope. It reserves what its next call may cost: the history as
 * it is estimated, and an answer of the greatest length.
 *
 * @param holdId the id of the holder.
 * @param historyTokens about how many tokens the messages before the question have.
 */
export function claimOf(
  { scope, limits, budget, models, ...needed }: Spending,
  { kind, chatId, messageId }: CallPurpose,
  {
    holdId,
    callId,
    historyTokens = 0,
    expiresAt = 0,
  }: {
    readonly holdId: string;
    /** The id of the call in the ledger, if its process dies. */
    readonly callId: string;
    readonly historyTokens?: number;
    readonly expiresAt?: number;
  },
): Claim & { readonly hold: Hold } {
  const inputTokens = Math.min(historyTokens + needed.newTokens, needed.maxInputTokens);
  const tokens = { inputTokens, outputTokens: needed.maxOutputTokens };
  const call: HeldCall = { id: callId, kind, chatId, messageId, ...models[0], inputTokens };
  const costs = models.map(({ model, provider }) => priceOf(tokens, model, provider) ?? 0);
  const reserved =
    budget === null
      ? {}
      : {
          tokens: inputTokens + needed.maxOutputTokens,
          cost: Math.max(...costs),
        };
  const answers = kind === "answer" ? { answers: 1 } : {};
  return {
    scope,
    limits,
    budget,
    hold: { id: holdId, ...answers, ...reserved, expiresAt, call: JSON.stringify(call) },
  };
}

/** True when the budget can count what the model costs: in tokens, or in US dollars with a known price. */
export function hasPrice(budget: ChatBudget | null, { model, provider }: PricedModel): boolean {
  return (
    budget?.usd === undefined ||
    priceOf({ inputTokens: 0, outputTokens: 0 }, model, provider) !== null
  );
}

/** The newest message of a branch, as far as it tells how long the branch is. */
export type BranchEnd = Pick<MessageRow, "inputTokens" | "outputTokens">;

/**
 * About how many tokens the messages before a question have. The newest answer tells, because the model has read all of
 * them for it. Otherwise it is at most what the model has read for any answer of the chat, and all texts: a budget may
 * be reserved too high, and not too low.
 *
 * @param newest the newest message before the question; null when there is none, and undefined for a branch that is not
 *   the active one.
 */
export async function estimateHistory(
  db: Database,
  chatId: string,
  newest: BranchEnd | null | undefined,
): Promise<number> {
  if (newest === null) return 0;
  const known = (newest?.inputTokens ?? 0) + (newest?.outputTokens ?? 0);
  if (known > 0) return known;
  const message = db.sql.table("message");
  const column = (name: string) => raw(message.column(name));
  const read = sql`COALESCE(${column("inputTokens")},0)+COALESCE(${column("outputTokens")},0)`;
  // The length in bytes is known without reading the text.
  const [row] = await db.select(
    sql`SELECT SUM(octet_length(${column("content")})) AS bytes,MAX(${read}) AS tokens FROM ${raw(message.name)} WHERE ${column("chatId")}=${chatId}`,
  );
  return Number(row?.["tokens"] ?? 0) + textTokens(Number(row?.["bytes"] ?? 0));
}
