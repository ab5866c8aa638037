import type { ChatMessage } from "../../chat/chat-message.ts";
import { abortError } from "../../shared/abortable.ts";
import { isUniqueViolation } from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import { readToolCalls } from "../messages/read-branch.ts";
import { toChatMessage, toChatToolCall } from "../messages/to-chat-message.ts";
import { describeProviderError } from "../provider/describe-provider-error.ts";
import type { BegunTurn } from "./begin-turn.ts";
import { readDecided } from "./decide-tool-call.ts";
import { finishTurn, removeTurn, suspendTurn } from "./finish-turn.ts";
import { messageLostError } from "./message-lock.ts";
import type { TurnEnd } from "./turn-control.ts";
import type { TurnLeg } from "./turn-leg.ts";

/** How long an answer waits for approval by default, in milliseconds: a day. */
const defaultApprovalTimeout = 86_400_000;

/** Ends an answer that the provider has completed. */
export async function completeTurn(leg: TurnLeg): Promise<TurnEnd> {
  const { db, begun, state, log } = leg;
  const ending = {
    message: begun.assistant,
    state,
    log,
    status: "complete",
    errorCode: null,
  } as const;
  const row = await unlessStopped(leg, () => finishTurn(db, ending));
  publish(leg, row);
  return { reason: "complete", row };
}

/**
 * Suspends an answer until its tool calls are approved or denied. The chat's lock is kept.
 *
 * @returns how the turn ended, or the turn to continue with when all calls were decided in the meantime.
 */
export async function waitForApproval(leg: TurnLeg): Promise<TurnEnd | BegunTurn> {
  const { db, begun, settings, state, log } = leg;
  const timeoutMs = settings.approvalTimeout ?? defaultApprovalTimeout;
  try {
    const { row, isDecided } = await unlessStopped(leg, () =>
      suspendTurn(db, { message: begun.assistant, state, log, timeoutMs }),
    );
    if (isDecided) return await continueTurn(leg);
    publish(leg, row);
    return { reason: "waiting", row };
  } finally {
    // The row may contain all of the text by now, so the log must not be added to it again.
    state.isRewritten = true;
  }
}

async function continueTurn({ db, begun, sink, control }: TurnLeg): Promise<BegunTurn> {
  const decided = await readDecided(db, begun.assistant.id);
  if (decided === null) {
    control.lose();
    throw messageLostError();
  }
  const { assistant, toolCalls, seq } = decided;
  for (const call of toolCalls) sink?.setToolCall(toChatToolCall(call));
  return { ...begun, assistant, continued: { toolCalls, seq } };
}

/**
 * Writes an end of the answer, unless somebody has stopped it or taken it over.
 *
 * @throws ChatError `NOT_FOUND` when it was taken over or deleted, an `AbortError` when it was stopped.
 */
async function unlessStopped<Result>(
  { db, begun, control, log }: TurnLeg,
  write: () => Promise<Result | null>,
): Promise<Result> {
  await log?.close();
  control.signal.throwIfAborted();
  try {
    const result = await write();
    if (result !== null) return result;
    const latest = await db.message.findFirst({ where: { id: begun.assistant.id } });
    if (latest?.turnLock == null) control.lose();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    // The number in the log is taken by a request to stop, or by a process that believed this one dead.
    await log?.catchUp();
  }
  if (control.reason === "lost") throw messageLostError();
  control.stop();
  throw abortError();
}

/** Ends an answer that did not complete: keeps what it has, or deletes it. Never rejects. */
export async function endEarly(leg: TurnLeg, error: unknown): Promise<TurnEnd> {
  const { db, begun, control, state, log, sink } = leg;
  control.fail(error);
  const outside = control.reason;
  // Readers of a lost message get it as the other process ended it.
  const reason = outside === "lost" ? "stopped" : (outside ?? "failed");
  const errorCode = reason === "failed" ? describeProviderError(error).code : null;
  let row: MessageRow | null = null;
  let lost: ChatMessage | null = null;
  try {
    if (outside !== "lost") {
      if (isKept(leg, reason)) row = await keep(leg, reason, errorCode);
      else if (!(await removeTurn(db, begun.assistant, log))) control.lose();
    }
    if (control.reason === "lost") {
      await log?.close();
      lost = await readLost(leg);
    }
  } catch (settleError) {
    // The first error explains more. The message will be recovered like that of a killed process.
    process.emitWarning(
      `node-llm-trpc: the message ${begun.assistant.id} could not be settled and will be recovered later: ${String(settleError)}`,
    );
  }
  if (lost !== null) sink?.finish(lost);
  else {
    const deleted = { status: reason, errorCode, content: state.content, turnLock: null };
    publish(leg, row ?? { ...begun.assistant, ...deleted });
  }
  return outside === "lost"
    ? { reason: "failed", row: null, error: messageLostError() }
    : { reason, row, error };
}

type EarlyReason = "stopped" | "interrupted" | "failed";

function isKept({ state, settings, begun }: TurnLeg, reason: EarlyReason): boolean {
  if (reason === "stopped") return state.hasOutput;
  const isShown = settings.onFailure === "keep" && state.hasTextOrResults;
  return reason === "interrupted" || isShown || begun.continued !== undefined;
}

/** Saves what the answer has. Null when another process has ended or deleted it. */
async function keep(
  { db, begun, control, state, log, tools }: TurnLeg,
  status: EarlyReason,
  errorCode: string | null,
): Promise<MessageRow | null> {
  try {
    await tools.close();
  } catch (error) {
    if (control.reason === "lost") return null;
    throw error;
  }
  const row = await finishTurn(db, { message: begun.assistant, state, log, status, errorCode });
  if (row === null) control.lose();
  return row;
}

/** Reads the answer as another process ended it. Null when it was deleted. */
async function readLost({ db, begun }: TurnLeg): Promise<ChatMessage | null> {
  const row = await db.message.findFirst({ where: { id: begun.assistant.id } });
  if (row === null || row.turnLock != null) return null;
  return toChatMessage(row, { toolCalls: await readToolCalls(db, [row]) });
}

function publish({ sink, state }: TurnLeg, row: MessageRow): void {
  if (sink === null) return;
  const { id: messageId, createdAt } = row;
  const toolCalls = [...state.toolCalls.values()].map((call) => ({
    ...call,
    id: call.toolCallId,
    messageId,
    createdAt,
  }));
  sink.finish(toChatMessage(row, { toolCalls }));
}
