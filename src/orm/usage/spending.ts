import { z } from "zod/v4";
import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { AccountRow, MessageRow } from "../database/rows.ts";
import type { SqlText } from "../database/sql-text.ts";
import { raw, sql } from "../database/sql-text.ts";
import type { AccountLimits, Claim, Hold } from "./account-statements.ts";
import type { ChatBudget } from "./budget.ts";
import {
  maxImageTokens,
  maxPageTokens,
  minPageBytes,
  priceOf,
  windowOf,
} from "./estimate-tokens.ts";
import { bytesTokens } from "./text-tokens.ts";

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
  /** The id of the first call in the ledger. `nextCallId` has those of the calls after it. */
  readonly callId: string;
  readonly limits: AccountLimits;
  /** Null for no budget. */
  readonly budget: ChatBudget | null;
  /** The model that is asked, with its provider's id, and those that may be asked in its place. */
  readonly models: readonly [PricedModel, ...PricedModel[]];
  /** At most about how many tokens the system prompt, the tools and the new question have. */
  readonly newTokens: number;
  /** How many tokens of the history are sent at most. */
  readonly maxHistoryTokens: number;
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
 * What an answer or a title wants of the limits of its scope. It reserves what its first call may cost: the history as
 * it is estimated, and an answer of the greatest length.
 *
 * @param holdId the id of the holder.
 * @param historyTokens at most about how many tokens the messages before the question have.
 */
export function claimOf(
  spending: Spending,
  purpose: CallPurpose,
  {
    holdId,
    historyTokens = 0,
    expiresAt = 0,
  }: {
    readonly holdId: string;
    readonly historyTokens?: number;
    readonly expiresAt?: number;
  },
): Claim & { readonly hold: Hold } {
  const { scope, callId, limits, budget, models, newTokens, maxHistoryTokens } = spending;
  const windows = models.map(({ model, provider }) => windowOf(model, provider));
  const sent = Math.min(historyTokens, maxHistoryTokens) + newTokens;
  const inputTokens = Math.min(sent, Math.max(...windows));
  const [model] = models;
  const answers = purpose.kind === "answer" ? { answers: 1 } : {};
  const reserved = reserve(spending, models, inputTokens);
  const call = JSON.stringify({ ...purpose, ...model, id: callId, inputTokens } satisfies HeldCall);
  return { scope, limits, budget, hold: { id: holdId, ...answers, ...reserved, expiresAt, call } };
}

/** How long the hold of a call stays if its answer had lost its own one, in milliseconds. */
const strayMs = 600_000;

/** What an answer that holds its part of the limits wants of the budget for another call. */
export function nextCallClaim(
  spending: Spending,
  purpose: CallPurpose,
  {
    callId,
    model,
    inputTokens,
  }: { readonly callId: string; readonly model: PricedModel; readonly inputTokens: number },
): Claim & { readonly hold: Hold } {
  const { scope, limits, budget } = spending;
  const call = JSON.stringify({ ...purpose, ...model, id: callId, inputTokens } satisfies HeldCall);
  const reserved = reserve(spending, [model], inputTokens);
  const expiresAt = Date.now() + strayMs;
  return { scope, limits, budget, hold: { id: purpose.messageId, ...reserved, expiresAt, call } };
}

/** The tokens of a call, and what they cost with the dearest of the models. */
function reserve(
  { budget, maxOutputTokens }: Spending,
  models: readonly PricedModel[],
  inputTokens: number,
): Pick<Hold, "tokens" | "cost"> {
  if (budget === null) return {};
  const tokens = { inputTokens, outputTokens: maxOutputTokens };
  const costs = models.map(({ model, provider }) => priceOf(tokens, model, provider) ?? 0);
  return { tokens: inputTokens + maxOutputTokens, cost: Math.max(...costs) };
}

/** True when the budget can count what the model costs: in tokens, or in US dollars with a known price. */
export function hasPrice(budget: ChatBudget | null, { model, provider }: PricedModel): boolean {
  return (
    budget?.usd === undefined ||
    priceOf({ inputTokens: 0, outputTokens: 0 }, model, provider) !== null
  );
}

/**
 * Under a budget in US dollars, what nobody knows the price of cannot be counted.
 *
 * @throws ChatError `BAD_REQUEST` when the model has no price.
 */
export function checkPrice(budget: ChatBudget | null, model: PricedModel): void {
  if (hasPrice(budget, model)) return;
  throw new ChatError(
    "BAD_REQUEST",
    `The price of the model "${model.model}" is not known, so it cannot be used under a budget in US dollars. Choose another model.`,
  );
}

/** The newest message of a branch, as far as it tells how long the branch is. */
export type BranchEnd = Pick<MessageRow, "inputTokens" | "outputTokens">;

/**
 * At most about how many tokens the messages before a question have, as far as a row tells that was read anyway.
 *
 * @returns null when only the database can tell.
 */
export function knownHistory(newest: BranchEnd | null | undefined): number | null {
  if (newest === null) return 0;
  const known = (newest?.inputTokens ?? 0) + (newest?.outputTokens ?? 0);
  return known > 0 ? known : null;
}

/**
 * At most about how many tokens the messages before a question have. The newest answer tells, because the model has read
 * all of them for it. Otherwise it is at most what the model has read for any answer of the chat, and all texts, results
 * of tools and files: a budget may be reserved too high, and not too low.
 *
 * @param newest the newest message before the question; null when there is none, and undefined for a branch that is not
 *   the active one.
 */
export async function estimateHistory(
  db: Database,
  chatId: string,
  newest: BranchEnd | null | undefined,
): Promise<number> {
  const known = knownHistory(newest);
  if (known !== null) return known;
  const message = db.sql.table("message");
  const column = (name: string) => raw(message.column(name));
  const read = sql`COALESCE(${column("inputTokens")},0)+COALESCE(${column("outputTokens")},0)`;
  // The length in bytes is known without reading the text.
  const [row] = await db.select(
    sql`SELECT SUM(octet_length(${column("content")})) AS bytes,MAX(${read}) AS tokens,${toolBytes(db, chatId)} AS called,${filesTokens(db, chatId)} AS files FROM ${raw(message.name)} WHERE ${column("chatId")}=${chatId}`,
  );
  const sum = (name: string) => Number(row?.[name] ?? 0);
  return sum("tokens") + bytesTokens(sum("bytes") + sum("called")) + Math.ceil(sum("files"));
}

/** The bytes of the calls of tools in a chat, and of their results, as SQL. */
function toolBytes(db: Database, chatId: string): SqlText {
  if (!db.hasModel("toolCall")) return raw("0");
  const [call, message] = [db.sql.table("toolCall"), db.sql.table("message")];
  const bytes = (name: string) => sql`COALESCE(octet_length(${raw(`t.${call.column(name)}`)}),0)`;
  const own = raw(`t.${call.column("messageId")}=m.${message.column("id")}`);
  return sql`(SELECT SUM(${bytes("arguments")}+${bytes("result")}) FROM ${raw(call.name)} AS t,${raw(message.name)} AS m WHERE ${own} AND ${raw(`m.${message.column("chatId")}`)}=${chatId})`;
}

/** The tokens of the files in a chat, as SQL: the same rules as those of `fileTokens`. */
function filesTokens(db: Database, chatId: string): SqlText {
  if (db.attachment === null) return raw("0");
  const table = db.sql.table("attachment");
  const [type, size] = [raw(table.column("mediaType")), raw(table.column("size"))];
  const isText = sql`${type} LIKE ${"text/%"} OR ${type}=${"application/json"}`;
  const pdf = sql`${raw(`${maxPageTokens}`)}+${size}*${raw(`${maxPageTokens / minPageBytes}`)}`;
  return sql`(SELECT SUM(CASE WHEN ${isText} THEN ${size}*1.0 WHEN ${type}=${"application/pdf"} THEN ${pdf} ELSE ${raw(`${maxImageTokens}`)} END) FROM ${raw(table.name)} WHERE ${raw(table.column("chatId"))}=${chatId})`;
}
