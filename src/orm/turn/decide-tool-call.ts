import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import { readToolCalls } from "../messages/read-branch.ts";
import { isNullViolation, isRecordNotFound } from "../database/prisma-errors.ts";
import { recoverMessage } from "./recover.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import type { SqlText } from "../database/sql-text.ts";
import { raw, sql } from "../database/sql-text.ts";
import type { Spending } from "../usage/spending.ts";
import {
  answerClaim,
  batchWithClaim,
  inScopeGate,
  makeRoom,
  RefusedClaim,
} from "../usage/claim-room.ts";
import { readNewestEntry } from "./log-entry.ts";
import { takeLock } from "./message-lock.ts";
import { checkOutputRoom, outputGuard } from "../tools/output-room.ts";
import { ageOf } from "./turn-log.ts";

/** An approval or a denial of a tool call, or the output of one that the page has run. */
export type ToolDecision = { readonly toolCallId: string } & (
  | {
      readonly approved: boolean;
      readonly reason?: string | undefined;
      /** The names of the tools that the page runs once they are approved. */
      readonly pageTools?: readonly string[] | undefined;
    }
  | {
      /** What the model is told. */
      readonly result: string;
      /** What is stored of the output beside that: see `storedOutput`. */
      readonly output: string | null;
      /** How many bytes the results and outputs of all calls of the answer may have. */
      readonly maxBytes: number;
    }
);

/** An answer whose tool calls are all decided, for the process that continues it. */
export interface DecidedAnswer {
  readonly assistant: MessageRow;
  readonly toolCalls: readonly ToolCallRow[];
  /** The number of the next entry of its log. */
  readonly seq: number;
}

/**
 * Records whether a tool call may run, or what it has returned on the page. The same transaction chooses who continues the answer: the process that makes
 * the last decision, and no other. If that process dies, the answer is interrupted like any other.
 *
 * While other calls of the step are still running, the process that runs them continues the answer.
 *
 * @param spending who pays for the rest of the answer.
 * @returns the answer if the caller has to continue it; null otherwise.
 * @throws ChatError `NOT_FOUND` when there is no such call, `CONFLICT` when the call does not wait for that,
 *   `TOO_MANY_REQUESTS` when the answer cannot continue now because a limit is reached, `BAD_REQUEST` when its outputs
 *   are too large together. Nothing was recorded then.
 */
export async function decideToolCall(
  db: Database,
  message: MessageRow,
  decision: ToolDecision,
  spending?: Spending,
): Promise<DecidedAnswer | null> {
  const ended = message.turnLock == null ? message : await recoverMessage(db, message);
  const { isDecided, isClaimed } =
    ended === null
      ? await inScopeGate(db, spending?.scope, () =>
          decideWithRoom(db, message, decision, spending),
        )
      : undecided;
  if (isClaimed) return readDecided(db, message.id);
  if (!isDecided) await checkRepeated(db, message, decision);
  return null;
}

const undecided = { isDecided: false, isClaimed: false };

interface Decided {
  readonly isDecided: boolean;
  readonly isClaimed: boolean;
}

async function decideWithRoom(
  db: Database,
  message: MessageRow,
  decision: ToolDecision,
  spending: Spending | undefined,
): Promise<Decided> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await decide(db, message, decision, spending);
    } catch (error) {
      if (!(error instanceof RefusedClaim)) throw error;
      await makeRoom(db, error.claim, { attempt, cause: error.cause, recover: recoverMessage });
    }
  }
}

async function decide(
  db: Database,
  message: MessageRow,
  decision: ToolDecision,
  spending: Spending | undefined,
): Promise<Decided> {
  const { id, chatId } = message;
  const age = ageOf(message.createdAt);
  const known = (message.inputTokens ?? 0) + (message.outputTokens ?? 0);
  const claim =
    spending === undefined ? null : answerClaim(spending, { chatId, messageId: id }, known);
  const { toolCallId } = decision;
  const changes = changesOf(decision);
  const added =
    "output" in decision ? { messageId: id, toolCallId, maxBytes: decision.maxBytes } : null;
  const queries = [
    takeLock(db, message),
    ...changes.map(({ where, data }) =>
      db.toolCall.updateMany({
        where: { messageId: id, toolCallId, ...where },
        data: db.pick("toolCall", data),
      }),
    ),
    ...(added === null ? [] : [outputGuard(db, added)]),
    db.execute(db.sql.claimDecided(age), [id, chatId]),
    db.execute(db.sql.startDecided(), [id, chatId]),
  ];
  const claimIndex = queries.length - 2;
  try {
    const results = await batchWithClaim(db, claim, queries, isStarted(db, message));
    const changed = results.slice(1, 1 + changes.length);
    return { isDecided: changed.some(isCounted), isClaimed: results[claimIndex] === 1 };
  } catch (error) {
    const cause: unknown = error instanceof RefusedClaim ? error.cause : error;
    if (added !== null && "output" in decision && isNullViolation(cause))
      await checkOutputRoom(db, added, [decision.result, decision.output]);
    // The answer has ended since it was read.
    if (!isRecordNotFound(error)) throw error;
    return undecided;
  }
}

/** What a decision changes. A call that is changed by one of these is in no state that a later one changes. */
function changesOf(decision: ToolDecision): readonly { readonly where: Row; readonly data: Row }[] {
  const finishedAt = new Date();
  const forApproval = { status: "awaiting_approval" };
  const forOutput = { status: "awaiting_output" };
  if ("output" in decision) {
    const { result, output } = decision;
    return [{ where: forOutput, data: { status: "complete", result, output, finishedAt } }];
  }
  const { approved, reason, pageTools = [] } = decision;
  if (!approved) {
    const denied = { status: "denied", finishedAt };
    return [
      { where: forApproval, data: { ...denied, result: withReason(denial, reason) } },
      { where: forOutput, data: { ...denied, result: withReason(refusal, reason) } },
    ];
  }
  const ofPage = { ...forApproval, name: { in: pageTools } };
  return [
    ...(pageTools.length === 0 ? [] : [{ where: ofPage, data: forOutput }]),
    { where: forApproval, data: { status: "running" } },
  ];
}

/** True once the answer continues, and nobody holds anything for it yet: then this transaction has claimed it. */
function isStarted(db: Database, { id }: MessageRow): SqlText {
  const message = db.sql.table("message");
  const account = db.sql.table("account");
  return sql`EXISTS(SELECT 1 FROM ${raw(message.name)} WHERE ${raw(message.column("id"))}=${id} AND ${raw(message.column("status"))}=${"streaming"}) AND NOT EXISTS(SELECT 1 FROM ${raw(account.name)} WHERE ${raw(account.column("id"))}=${id})`;
}

/** Reads the answer that this process has just claimed. Null when it was deleted in the meantime. */
export async function readDecided(db: Database, messageId: string): Promise<DecidedAnswer | null> {
  const assistant = await db.message.findFirst({ where: { id: messageId } });
  const resume = await readNewestEntry(db, messageId, "resume");
  if (assistant === null || resume === null) return null;
  // The next number may already be taken by a request to stop. The first write will find it.
  return { assistant, toolCalls: await readToolCalls(db, [assistant]), seq: resume.seq + 1 };
}

/** @throws ChatError unless the same decision was made before. */
async function checkRepeated(
  db: Database,
  message: MessageRow,
  decision: ToolDecision,
): Promise<void> {
  const { toolCallId } = decision;
  const call = await db.toolCall.findFirst({ where: { messageId: message.id, toolCallId } });
  if (call === null) throw noSuchToolCall();
  if (isRepeated(call, decision)) return;
  throw new ChatError(
    "CONFLICT",
    "output" in decision
      ? "The tool call waits for no output: it has one, waits for an approval, or its answer has ended. Reload the chat."
      : "The tool call no longer waits for a decision: somebody decided otherwise, or the answer has ended. Reload the chat.",
  );
}

function isRepeated(call: ToolCallRow, decision: ToolDecision): boolean {
  if ("output" in decision)
    return call.result === decision.result && (call.output ?? decision.output) === decision.output;
  if (call.status === "awaiting_approval") return false;
  return decision.approved ? call.status !== "denied" : call.status === "denied";
}

export function noSuchToolCall(): ChatError {
  return new ChatError("NOT_FOUND", "The message has no such tool call. Reload the chat.");
}

function isCounted(result: unknown): boolean {
  return typeof result === "object" && result !== null && "count" in result && result.count !== 0;
}

const denial = "The user did not allow this tool to run.";
const refusal = "The tool was not run on the page of the user.";

function withReason(text: string, reason = ""): string {
  return reason.trim() === "" ? text : `${text} Reason: ${reason.trim()}`;
}
