import type { Chat as CoreChat, Message } from "@node-llm/core";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { abortable, abortError } from "../../shared/abortable.ts";
import type { Database } from "../database/database.ts";
import { isRecordNotFound, isUniqueViolation } from "../database/prisma-errors.ts";
import type { MessageRow, ToolCallRow } from "../database/rows.ts";
import type { SqlText } from "../database/sql-text.ts";
import { raw, sql } from "../database/sql-text.ts";
import { lockTotals } from "../usage/account-statements.ts";
import { CallMeter } from "../usage/call-meter.ts";
import { readToolCalls } from "../messages/read-branch.ts";
import { toChatMessage, toChatToolCall } from "../messages/to-chat-message.ts";
import { replay } from "../provider/history.ts";
import { describeProviderError } from "../failures/describe-provider-error.ts";
import { readObject } from "../tools/read-object.ts";
import type { BegunTurn } from "./begun-turn.ts";
import { readDecided } from "./decide-tool-call.ts";
import { recoverMessage } from "./recover.ts";
import { finishTurn, removeTurn, suspendTurn } from "./finish-turn.ts";
import { messageLostError } from "./message-lock.ts";
import type { TurnControl, TurnEnd } from "./turn-control.ts";
import { TurnLog } from "./turn-log.ts";
import type { TurnSettings, TurnSink } from "./turn-settings.ts";
import { turnDefaults } from "./turn-settings.ts";
import { TurnState } from "./turn-state.ts";
import { TurnTools } from "./turn-tools.ts";
import { describeFailure, framesOf } from "../failures/describe-failure.ts";

/** How an answer ends that did not complete. */
type EarlyReason = "stopped" | "interrupted" | "failed";

/** True for an answer that was deleted, or that another process has ended. */
function hasEnded(db: Database, { id }: MessageRow): SqlText {
  const message = db.sql.table("message");
  const column = (name: string): SqlText => raw(message.column(name));
  const isLocked = db.supports("turns") ? sql` AND ${column("turnLock")} IS NOT NULL` : raw("");
  return sql`NOT EXISTS(SELECT 1 FROM ${raw(message.name)} WHERE ${column("id")}=${id}${isLocked})`;
}

/** What a leg of a turn is opened with. */
export interface TurnLegOptions {
  readonly db: Database;
  readonly begun: BegunTurn;
  readonly settings: TurnSettings;
  readonly sink: TurnSink | null;
  readonly control: TurnControl;
}

/** A leg of a turn: from its beginning or an approval to its end or the next approval. */
export class TurnLeg {
  readonly db: Database;
  readonly begun: BegunTurn;
  readonly settings: TurnSettings;
  readonly sink: TurnSink | null;
  readonly control: TurnControl;
  readonly state: TurnState;
  /** Null on a schema without the feature `turns`. */
  readonly log: TurnLog | null;
  readonly tools: TurnTools;
  readonly meter: CallMeter;
  /** Whether a tool has ended the answer with a text of its own. */
  isHalted = false;
  /** The messages before the answer, the question included, and core's chat; null until they are there. */
  asked: { readonly messages: readonly Message[]; readonly chat: CoreChat } | null = null;

  /** Saving starts here, before anything can end the turn, so that every turn that has begun is also ended. */
  constructor({ db, begun, settings, sink, control }: TurnLegOptions) {
    this.db = db;
    this.begun = begun;
    this.settings = settings;
    this.sink = sink;
    this.control = control;
    const { assistant: message, continued } = begun;
    const { id: messageId, createdAt: startedAt } = message;
    const firstSeq = continued?.seq ?? 0;
    const state = new TurnState(message, continued?.toolCalls ?? []);
    const log = db.supports("turns")
      ? new TurnLog({ db, messageId, firstSeq, startedAt, control })
      : null;
    const { judgeCall, onToolError } = settings;
    this.state = state;
    this.log = log;
    this.meter = new CallMeter(db, {
      chatId: message.chatId,
      messageId,
      spending: begun.spending,
      isHoldUsed: begun.isHoldUsed ?? false,
      writtenTokens: () => state.stepTokens,
      recover: recoverMessage,
    });
    const persists = settings.persistence?.toolCalls !== false;
    this.tools = new TurnTools({
      db,
      message,
      state,
      log,
      sink,
      control,
      persists,
      judgeCall,
      onToolError,
    });
  }

  /**
   * Says in the row that another model is called from now on, before it is.
   *
   * @throws ChatError `NOT_FOUND` when the answer was taken over or deleted.
   */
  async switchModel(model: { readonly model: string; readonly provider: string } | null) {
    const { db, begun, control, state } = this;
    const { id, turnLock } = begun.assistant;
    const { columns, isOtherProvider } = state.setModel(model);
    const where = { id, ...(db.supports("turns") ? { turnLock } : {}) };
    const unsigned = { where: { messageId: id }, data: { thoughtSignature: null } };
    try {
      await db.batch([
        db.message.update({ where, data: db.pick("message", columns), select: { id: true } }),
        ...(isOtherProvider && db.hasModel("toolCall") ? [db.toolCall.updateMany(unsigned)] : []),
      ]);
    } catch (error) {
      if (!isRecordNotFound(error)) throw error;
      control.lose();
      throw messageLostError();
    }
  }

  /**
   * Reads what the answer says of the schema, if there is one.
   *
   * @returns what is wrong with it, when it has to fit; null otherwise.
   */
  async readObject(): Promise<string | null> {
    const { settings, state, control } = this;
    const { schema } = settings.options;
    // A refusal, and the text of a tool that ends the answer, do not have the form of an answer.
    if (schema === undefined || this.isHalted || state.finishReason === "refusal") return null;
    const read = await abortable(readObject(state.stepText, schema), control.signal);
    if ("json" in read) state.object = read.json;
    return "problem" in read && settings.requiresObject === true ? read.problem : null;
  }

  /** Ends an answer that the provider has completed. */
  async complete(): Promise<TurnEnd> {
    // The answer to a schema is its JSON, without what was said before.
    const putBack = this.settings.options.schema === undefined ? null : this.state.keepLastText();
    let row: MessageRow;
    try {
      row = await this.#unlessStopped(() => this.#finish("complete", null));
    } catch (error) {
      putBack?.();
      throw error;
    }
    await this.#end(row, true);
    return { reason: "complete", row };
  }

  /**
   * Suspends an answer until its tool calls are approved or denied. The chat's lock is kept.
   *
   * @returns how the turn ended, or the turn to continue with when all calls were decided in the meantime.
   */
  async suspend(): Promise<TurnEnd | BegunTurn> {
    const { db, begun, settings, state, log } = this;
    const timeoutMs = Math.ceil(settings.approvalTimeout ?? turnDefaults.approvalTimeout);
    state.dropCorrection();
    try {
      const { row, isDecided } = await this.#unlessStopped(() =>
        suspendTurn(db, {
          message: begun.assistant,
          state,
          log,
          timeoutMs,
          release: this.#release,
        }),
      );
      if (isDecided) return await this.#continue();
      this.#publish(row);
      return { reason: "waiting", row };
    } finally {
      // The row may contain all of the text by now, so the log must not be added to it again.
      state.isRewritten = true;
    }
  }

  async #continue(): Promise<BegunTurn> {
    const { db, begun, sink, control } = this;
    const decided = await readDecided(db, begun.assistant.id);
    if (decided === null) {
      control.lose();
      throw messageLostError();
    }
    const { assistant, toolCalls, seq } = decided;
    for (const call of toolCalls) sink?.setToolCall(toChatToolCall(call));
    const spending = begun.spending && { ...begun.spending, callId: this.meter.callId };
    return { ...begun, assistant, continued: { toolCalls, seq }, spending, isHoldUsed: true };
  }

  /**
   * Writes an end of the answer, unless somebody has stopped it or taken it over.
   *
   * @throws ChatError `NOT_FOUND` when it was taken over or deleted, an `AbortError` when it was stopped.
   */
  async #unlessStopped<Result>(write: () => Promise<Result | null>): Promise<Result> {
    const { db, begun, control, log } = this;
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
  async endEarly(error: unknown): Promise<TurnEnd> {
    const { db, begun, control, state, log, sink } = this;
    control.fail(error);
    state.object = null;
    // Nothing but a whole correction replaces what readers have.
    state.dropCorrection();
    const outside = control.reason;
    // Readers of a lost message get it as the other process ended it.
    const reason = outside === "lost" ? "stopped" : (outside ?? "failed");
    const errorCode = reason === "failed" ? describeProviderError(error).code : null;
    let row: MessageRow | null = null;
    let isRemoved = false;
    let lost: ChatMessage | null = null;
    try {
      if (outside !== "lost") {
        if (this.#isKept(reason)) row = await this.#keep(reason, errorCode);
        else if (await removeTurn(db, begun.assistant, log, this.#release)) isRemoved = true;
        else control.lose();
      }
      if (control.reason === "lost") {
        await log?.close();
        lost = await this.#readLost();
        await this.#releaseLost();
      }
    } catch (settleError) {
      await this.#closeLog();
      // The first error explains more. The message will be recovered like that of a killed process.
      process.emitWarning(
        `node-llm-trpc: the message ${begun.assistant.id} could not be settled and will be recovered later: ${describeFailure(settleError)}${framesOf(settleError)}`,
      );
    }
    if (lost !== null) sink?.finish(lost);
    else {
      const finishReason = reason === "failed" ? state.finishReason : null;
      const deleted = {
        ...state.columns(),
        status: reason,
        errorCode,
        finishReason,
        content: state.content,
        turnLock: null,
      };
      const shown = row ?? { ...begun.assistant, ...deleted };
      // The app is told of ends that are committed. The process that recovers the answer tells it of the others.
      if (row !== null || isRemoved) await this.#end(shown, row !== null);
      else this.#publish(shown);
    }
    return outside === "lost"
      ? { reason: "failed", row: null, error: messageLostError() }
      : { reason, row, error };
  }

  /** A log that stays open would say that the turn is alive. It closes even if the database cannot be reached. */
  async #closeLog(): Promise<void> {
    try {
      await this.log?.close();
    } catch {
      // Only its last look into the database failed.
    }
  }

  #isKept(reason: EarlyReason): boolean {
    const { state, settings, begun } = this;
    if (reason === "stopped") return state.hasOutput;
    const isShown = settings.onFailure === "keep" && state.hasTextOrResults;
    return reason === "interrupted" || isShown || begun.continued !== undefined;
  }

  /** Saves what the answer has. Null when another process has ended or deleted it. */
  async #keep(status: EarlyReason, errorCode: string | null): Promise<MessageRow | null> {
    try {
      await this.tools.close();
    } catch (error) {
      if (this.control.reason === "lost") return null;
      throw error;
    }
    const row = await this.#finish(status, errorCode);
    if (row === null) this.control.lose();
    return row;
  }

  #finish(status: "complete" | EarlyReason, errorCode: string | null): Promise<MessageRow | null> {
    const { db, begun, state, log } = this;
    const release = this.#release;
    return finishTurn(db, { message: begun.assistant, state, log, status, errorCode, release });
  }

  readonly #release: CallMeter["release"] = (condition) => this.meter.release(condition);

  /** Releases what an answer held that was deleted, or ended by another process. Its calls are in the ledger. */
  async #releaseLost(): Promise<void> {
    const { db, begun, meter } = this;
    const { assistant, spending } = begun;
    const release = await meter.release(hasEnded(db, assistant));
    if (release.length === 0) return;
    const scope = db.ledger === null ? undefined : spending?.scope;
    await db.batch([...(scope === undefined ? [] : [lockTotals(db, scope)]), ...release]);
  }

  /** Reads the answer as another process ended it. Null when it was deleted. */
  async #readLost(): Promise<ChatMessage | null> {
    const { db, begun } = this;
    const row = await db.message.findFirst({ where: { id: begun.assistant.id } });
    if (row === null || row.turnLock != null) return null;
    return toChatMessage(row, { toolCalls: await readToolCalls(db, [row]) });
  }

  /** The chat's messages after the turn, as core knows them. Null when they could not be read. */
  historyAfter(end: TurnEnd): readonly Message[] | null {
    if (this.asked === null) return null;
    const { messages, chat } = this.asked;
    if (end.row === null) return messages;
    const isSystem = ({ role }: Message): boolean => role === "system" || role === "developer";
    if (end.reason === "complete")
      return [...messages.filter(isSystem), ...chat.history.filter((one) => !isSystem(one))];
    return [...messages, ...replay([end.row], this.#toolCallRows(end.row), end.row.provider ?? "")];
  }

  #publish(row: MessageRow): void {
    this.sink?.finish(this.#messageOf(row));
  }

  /** Tells the app, and then the readers, that the answer has ended. */
  async #end(row: MessageRow, isKept: boolean): Promise<void> {
    const message = this.#messageOf(row);
    this.sink?.finish((await this.settings.onEnd?.(message, isKept)) ?? message);
  }

  #messageOf(row: MessageRow): ChatMessage {
    return toChatMessage(row, { toolCalls: this.#toolCallRows(row) });
  }

  /** The answer so far, as the provider gets it back. */
  replayed(): readonly Message[] {
    const { begun, state } = this;
    const { content, thinking: thinkingText } = state;
    const row = { ...begun.assistant, ...state.columns(), content, thinkingText };
    return replay([row], this.#toolCallRows(row), row.provider ?? "");
  }

  #toolCallRows({ id: messageId, createdAt }: MessageRow): ToolCallRow[] {
    return [...this.state.toolCalls.values()].map((call) => ({
      ...call,
      id: call.toolCallId,
      messageId,
      createdAt,
    }));
  }
}
