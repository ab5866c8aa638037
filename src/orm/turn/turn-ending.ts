import { ChatError } from "../../chat/chat-error.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { abortError } from "../../shared/abortable.ts";
import type { BegunTurn } from "./begin-turn.ts";
import type { Database } from "../database/database.ts";
import { readDecided } from "./decide-tool-call.ts";
import { describeProviderError } from "../provider/describe-provider-error.ts";
import { finishTurn, removeTurn, suspendTurn } from "./finish-turn.ts";
import { readToolCalls } from "../messages/read-branch.ts";
import { isUniqueViolation } from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import { toChatMessage, toChatToolCall } from "../messages/to-chat-message.ts";
import { TurnLog } from "./turn-log.ts";
import type { TurnObserver } from "./turn-observer.ts";
import type { TurnSettings } from "./turn-settings.ts";
import type { TurnState } from "./turn-state.ts";
import { TurnTools } from "./turn-tools.ts";

interface TurnEndingOptions {
  readonly db: Database;
  readonly begun: BegunTurn;
  readonly settings: TurnSettings;
  readonly observer: TurnObserver | null;
  readonly state: TurnState;
}

/**
 * How a turn ends, and what then becomes of its message. It saves what is produced on the way, since a save
 * is also how a turn learns that it is to stop, or that another process has taken it over.
 */
export class TurnEnding {
  readonly #db: Database;
  readonly #begun: BegunTurn;
  readonly #settings: TurnSettings;
  readonly #observer: TurnObserver | null;
  readonly #state: TurnState;
  readonly #abort = new AbortController();
  #log: TurnLog | null = null;
  #tools: TurnTools | null = null;
  #next: BegunTurn | null = null;
  #isLost = false;
  #isStopped = false;
  #isInterrupted = false;

  constructor({ db, begun, settings, observer, state }: TurnEndingOptions) {
    this.#db = db;
    this.#begun = begun;
    this.#settings = settings;
    this.#observer = observer;
    this.#state = state;
  }

  /** Aborts as soon as the turn is to end before it is complete. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The turn that continues this one at once, when it has been suspended; null otherwise. */
  get next(): BegunTurn | null {
    return this.#next;
  }

  /** Ends the answer; what has been produced stays. */
  stop(): void {
    this.#isStopped = true;
    this.#abort.abort(abortError());
  }

  /** Ends the answer as one whose process goes away; what has been produced stays. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#abort.abort(abortError());
  }

  /** Begins to save, before anything can end the turn: what it has taken over is then ended, too. */
  open(): TurnTools {
    const { assistant, continued } = this.#begun;
    if (this.#db.isExtended) {
      this.#log = new TurnLog({
        db: this.#db,
        messageId: assistant.id,
        firstSeq: continued?.seq ?? 0,
        startedAt: assistant.createdAt,
        onInterrupt: (reason) => {
          if (reason === "lost") this.#isLost = true;
          this.stop();
        },
        onFailure: (error) => this.#abort.abort(error),
      });
    }
    const tools = new TurnTools({
      db: this.#db,
      message: assistant,
      state: this.#state,
      log: this.#log,
      observer: this.#observer,
      needsApproval: this.#settings.needsApproval,
      abort: this.#abort,
      onGone: () => {
        this.#isLost = true;
        this.stop();
        return gone();
      },
    });
    this.#tools = tools;
    return tools;
  }

  /** @param waitedMs for how long the text has been gathered. */
  save(kind: "text" | "thinking", text: string, waitedMs?: number): void {
    this.#log?.append(kind, text, waitedMs);
  }

  async complete(): Promise<MessageRow> {
    const row = await this.#unlessStopped(() =>
      finishTurn(this.#db, {
        message: this.#begun.assistant,
        state: this.#state,
        log: this.#log,
        status: "complete",
        errorCode: null,
      }),
    );
    this.#publish(row);
    return row;
  }

  /** Leaves the answer to whoever gets the approvals; the chat stays taken. */
  async suspend(): Promise<MessageRow> {
    const { row, isDecided } = await this.#unlessStopped(() =>
      suspendTurn(this.#db, {
        message: this.#begun.assistant,
        state: this.#state,
        log: this.#log,
        timeoutMs: this.#settings.approvalTimeout ?? dayMs,
      }),
    ).finally(() => {
      // The row may have all of it: nothing is to be added to that.
      this.#state.isRewritten = true;
    });
    if (isDecided) await this.#prepareNext();
    else this.#publish(row);
    return row;
  }

  /** The end of an answer that nobody has stopped, or taken over. */
  async #unlessStopped<Result>(write: () => Promise<Result | null>): Promise<Result> {
    await this.#log?.close();
    this.#abort.signal.throwIfAborted();
    try {
      const result = await write();
      if (result !== null) return result;
      const { id } = this.#begun.assistant;
      const now = await this.#db.message.findFirst({ where: { id } });
      if (now?.turnLock == null) this.#isLost = true;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      // The place in the log is taken: by a stop, or by somebody who took this process for dead.
      if ((await this.#log?.catchUp()) === "lost") this.#isLost = true;
    }
    if (this.#isLost) throw gone();
    this.stop();
    throw abortError();
  }

  async #prepareNext(): Promise<void> {
    const decided = await readDecided(this.#db, this.#begun.assistant.id);
    if (decided === null) throw gone();
    const { assistant, toolCalls, seq } = decided;
    for (const call of toolCalls) this.#observer?.setToolCall(toChatToolCall(call));
    this.#next = { ...this.#begun, assistant, continued: { toolCalls, seq } };
  }

  /** Settles an answer that did not complete; resolves to the error that the caller is to get. */
  async fail(error: unknown): Promise<unknown> {
    this.#abort.abort(error);
    const { assistant } = this.#begun;
    const isStop = this.#isStopped;
    const isInterrupted = !isStop && this.#isInterrupted;
    const isShown = this.#settings.onFailure === "keep" && this.#state.hasTextOrResults;
    const isKept = isInterrupted || isShown || this.#begun.continued !== undefined;
    const keep = isStop ? this.#state.hasOutput : isKept;
    const status = isStop ? "stopped" : isInterrupted ? "interrupted" : "failed";
    const errorCode = status === "failed" ? describeProviderError(error).code : null;
    const wasLost = this.#isLost;
    let row: MessageRow | null = null;
    let lost: ChatMessage | null = null;
    try {
      if (!wasLost && keep) row = await this.#keep(status, errorCode);
      else if (!wasLost && !(await removeTurn(this.#db, assistant, this.#log))) this.#isLost = true;
      if (this.#isLost) {
        await this.#log?.close();
        lost = await this.#readLost();
      }
    } catch (cleanUpError) {
      // The first error is the one that explains; the message is recovered like that of a killed process.
      process.emitWarning(
        `node-llm-trpc: the message ${assistant.id} could not be settled and will be recovered later: ${String(cleanUpError)}`,
      );
    }
    if (lost !== null) this.#observer?.finish(lost);
    else
      this.#publish(
        row ?? { ...assistant, status, errorCode, content: this.#state.content, turnLock: null },
      );
    return wasLost && isStop ? gone() : error;
  }

  /** Writes the answer as far as it is; null when another process has ended it, or it was deleted. */
  async #keep(
    status: "stopped" | "interrupted" | "failed",
    errorCode: string | null,
  ): Promise<MessageRow | null> {
    try {
      await this.#tools?.close();
    } catch (error) {
      if (this.#isLost) return null;
      throw error;
    }
    const { assistant: message } = this.#begun;
    const output = { message, state: this.#state, log: this.#log };
    const row = await finishTurn(this.#db, { ...output, status, errorCode });
    if (row === null) this.#isLost = true;
    return row;
  }

  /** The answer as another process has ended it; null when it is gone. */
  async #readLost(): Promise<ChatMessage | null> {
    const row = await this.#db.message.findFirst({ where: { id: this.#begun.assistant.id } });
    if (row === null || row.turnLock != null) return null;
    return toChatMessage(row, { toolCalls: await readToolCalls(this.#db, [row]) });
  }

  #publish(row: MessageRow): void {
    if (this.#observer === null) return;
    const toolCalls = [...this.#state.toolCalls.values()].map((call) => ({
      ...call,
      id: call.toolCallId,
      messageId: row.id,
      createdAt: row.createdAt,
    }));
    this.#observer.finish(toChatMessage(row, { toolCalls }));
  }
}

const dayMs = 86_400_000;

function gone(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "The message was deleted, or taken over by another process, while it was being produced.",
  );
}
