import type { AskOptions, ChatChunk, ContentPart, Chat as CoreChat, Message } from "@node-llm/core";
import { NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import type { ChatMessage } from "../chat/chat-message.ts";
import { abortableItems } from "./abortable-items.ts";
import { abortable, abortError, settled } from "./abortable.ts";
import type { BegunTurn } from "./begin-turn.ts";
import type { Database } from "./database.ts";
import { readDecided } from "./decide-tool-call.ts";
import { describeProviderError } from "./describe-provider-error.ts";
import { ContinuedAnswer } from "./continued-answer.ts";
import { finishTurn, removeTurn, suspendTurn } from "./finish-turn.ts";
import { readContext, readToolCalls, replay, toToolCall } from "./history.ts";
import { instrumentProvider } from "./instrument-provider.ts";
import { isUniqueViolation } from "./prisma-errors.ts";
import { recordRequest } from "./record-request.ts";
import type { RequestOutcome } from "./request-outcome.ts";
import type { MessageRow } from "./rows.ts";
import { toStorable } from "./storable-text.ts";
import { toChatMessage } from "./to-chat-message.ts";
import { resolveTools } from "./resolve-tools.ts";
import { TurnLog } from "./turn-log.ts";
import type { TurnObserver } from "./turn-observer.ts";
import { toChatToolCall, TurnState } from "./turn-state.ts";
import type { TurnOptions, TurnSettings } from "./turn-settings.ts";
import { TurnTools } from "./turn-tools.ts";

/**
 * One answer, from the rows that `beginTurn` committed to its end. It is run once, by the reader of
 * `stream` or by `ask`, and settles the message whatever happens on the way.
 */
export class Turn {
  readonly begun: BegunTurn;
  readonly #db: Database;
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
  /** The text that a tool has ended the answer with. */
  #halt: string | null = null;

  constructor(
    db: Database,
    begun: BegunTurn,
    settings: TurnSettings,
    observer: TurnObserver | null,
  ) {
    this.#db = db;
    this.begun = begun;
    this.#settings = settings;
    this.#observer = observer;
    const { continued, assistant } = begun;
    this.#state =
      continued === undefined ? new TurnState() : TurnState.restore(assistant, continued.toolCalls);
  }

  /** The turn that continues this one at once, when `stream` has ended; null otherwise. */
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

  /** Runs the turn without streaming. Rejects with the provider's own error. */
  async ask(options: TurnOptions): Promise<MessageRow> {
    return this.#settle(options, async (tools) => {
      const { chat, content } = await this.#prepare(tools);
      const answer = chat.ask(content, this.#askOptions(options));
      const response = await abortable(answer, this.#abort.signal).catch(async (error: unknown) => {
        // What an aborted call cost is recorded before the caller hears of it.
        await settled(answer, hookTimeoutMs);
        throw error;
      });
      this.#state.setStepText(toStorable(response.toString()));
      await tools.recordUnstarted();
    });
  }

  /** Runs the turn, yielding core's chunks. Leaving the loop stops it. Returns the finished row. */
  async *stream(options: TurnOptions): AsyncGenerator<ChatChunk, MessageRow, undefined> {
    const unlink = this.#link(options.signal);
    const tools = this.#open();
    let isSettled = false;
    try {
      this.#abort.signal.throwIfAborted();
      const { chat, content } = await this.#prepare(tools);
      try {
        const chunks = chat.stream(content, this.#askOptions(options));
        yield* abortableItems(chunks, this.#abort.signal, hookTimeoutMs);
      } catch (error) {
        // Core may have no further round to end in.
        if (!this.#state.isWaiting) throw error;
      }
      this.#abort.signal.throwIfAborted();
      const isWaiting = this.#state.isWaiting;
      await tools.recordUnstarted();
      isSettled = true;
      return await (isWaiting ? this.#suspend() : this.#complete());
    } catch (error) {
      isSettled = true;
      throw await this.#fail(error);
    } finally {
      unlink();
      if (!isSettled) {
        this.stop();
        await this.#fail(abortError());
      }
    }
  }

  async #settle(
    options: TurnOptions,
    run: (tools: TurnTools) => Promise<void>,
  ): Promise<MessageRow> {
    const unlink = this.#link(options.signal);
    const tools = this.#open();
    try {
      this.#abort.signal.throwIfAborted();
      await run(tools);
      this.#abort.signal.throwIfAborted();
      return await this.#complete();
    } catch (error) {
      throw await this.#fail(error);
    } finally {
      unlink();
    }
  }

  #link(signal: AbortSignal | undefined): () => void {
    if (signal === undefined) return () => undefined;
    const stop = (): void => this.stop();
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    return () => signal.removeEventListener("abort", stop);
  }

  /** Begins to save, before anything can end the turn: what it has taken over is then ended, too. */
  #open(): TurnTools {
    const { assistant, continued } = this.begun;
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
      messageId: assistant.id,
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

  async #prepare(tools: TurnTools): Promise<{ chat: CoreChat; content: string | ContentPart[] }> {
    const { assistant, chat } = this.begun;
    const { rows, toolCalls } = await readContext(
      this.#db,
      chat.id,
      assistant.id,
      this.#settings.context,
    );
    const messages = replay(rows, toolCalls, this.#settings.llm.provider?.id ?? "");
    const question = messages.at(-1);
    if (
      question?.role !== "user" ||
      question.content === null ||
      question.content instanceof String
    ) {
      throw new ChatError(
        "BAD_REQUEST",
        "There is no question to answer: the newest message is not a user message.",
      );
    }
    return { chat: this.#coreChat(messages.slice(0, -1), tools), content: question.content };
  }

  #coreChat(messages: Message[], tools: TurnTools): CoreChat {
    const { llm, model, options, instructions } = this.#settings;
    if (llm.provider === undefined) {
      throw new ChatError(
        "CONFIGURATION",
        "The LLM has no provider. Pass one to createLLM({ provider }).",
      );
    }
    const provider = instrumentProvider(llm.provider, {
      signal: this.#abort.signal,
      idleTimeout: this.#settings.idleTimeout,
      // Who observes the turn is told of each piece, and does not read the stream for its chunks.
      mergesText: this.#observer !== null,
      toolCallIds: new Set(this.#state.toolCalls.keys()),
      onCall: () => this.#state.beginStep(),
      takeHalt: () => this.#takeHalt(),
      isWaiting: () => this.#state.isWaiting,
      continued: this.#continued(llm.provider.id),
      onToolAnswer: (id, content) => tools.onAnswer(id, content),
      onText: (text, waitedMs) => {
        this.#state.appendText(text);
        this.#log?.append("text", text, waitedMs);
        this.#observer?.append("text", text, waitedMs);
      },
      onThinking: (thinking) => {
        this.#state.appendThinking(thinking);
        this.#log?.append("thinking", thinking.text ?? "");
        this.#observer?.append("thinking", thinking.text ?? "");
      },
      onToolCalls: (calls) => tools.propose(calls),
      onRequest: (outcome) => this.#onRequest(outcome),
    });
    const defaults = llm.defaultChatModel === undefined ? {} : { chat: llm.defaultChatModel };
    const core = new NodeLLMCore(llm.config, provider, llm.retry, llm.middlewares, defaults);
    const systemPrompt = instructions.filter((text) => text.trim() !== "").join("\n\n");
    const chat = core.chat(model ?? undefined, {
      ...options,
      messages,
      ...(systemPrompt === "" ? {} : { systemPrompt }),
      tools: resolveTools(options.tools ?? [], {
        timeout: this.#settings.toolTimeout,
        maxResultChars: this.#settings.maxToolResultChars ?? 100_000,
        signal: this.#abort.signal,
        onHalt: (text) => {
          this.#halt ??= text;
        },
      }),
      middlewares: [tools.middleware(), ...(options.middlewares ?? [])],
    });
    return chat.afterResponse((response) => {
      this.#state.setStepText(toStorable(response.toString()));
      return Promise.resolve();
    });
  }

  /** For an answer that was suspended: what of it core runs, and what the provider gets to see. */
  #continued(providerId: string): ContinuedAnswer | null {
    const { continued, assistant } = this.begun;
    if (continued === undefined) return null;
    const { toolCalls } = this.#state;
    const approved = continued.toolCalls.filter((call) => call.result === null);
    return new ContinuedAnswer(approved.map(toToolCall), () => {
      const calls = continued.toolCalls.map((row) => {
        const { result, status } = toolCalls.get(row.toolCallId) ?? row;
        return { ...row, result, ...(status === undefined ? {} : { status }) };
      });
      return replay([assistant], calls, providerId);
    });
  }

  #askOptions(options: TurnOptions): AskOptions {
    const { signal: _signal, ...rest } = options;
    return rest;
  }

  #takeHalt(): string | null {
    const halt = this.#halt;
    this.#halt = null;
    return halt;
  }

  async #onRequest(outcome: RequestOutcome): Promise<void> {
    this.#state.addRequest(outcome);
    this.#observer?.onRequest?.(outcome);
    await recordRequest(this.#db, this.begun.assistant, outcome);
  }

  async #complete(): Promise<MessageRow> {
    const row = await this.#unlessStopped(() =>
      finishTurn(this.#db, {
        message: this.begun.assistant,
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
  async #suspend(): Promise<MessageRow> {
    const { row, isDecided } = await this.#unlessStopped(() =>
      suspendTurn(this.#db, {
        message: this.begun.assistant,
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
      const { id } = this.begun.assistant;
      const now = await this.#db.message.findFirst({ where: { id } });
      if (now?.turnLock == null) this.#isLost = true;
      // What has been saved on the way is gone with the attempt.
      this.#state.isRewritten = true;
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
    const decided = await readDecided(this.#db, this.begun.assistant.id);
    if (decided === null) throw gone();
    const { assistant, toolCalls, seq } = decided;
    for (const call of toolCalls) this.#observer?.setToolCall(toChatToolCall(call));
    this.#next = { ...this.begun, assistant, continued: { toolCalls, seq } };
  }

  /** Settles an answer that did not complete; resolves to the error that the caller is to get. */
  async #fail(error: unknown): Promise<unknown> {
    this.#abort.abort(error);
    const { assistant } = this.begun;
    const isStop = this.#isStopped;
    const isInterrupted = !isStop && this.#isInterrupted;
    const isShown = this.#settings.onFailure === "keep" && this.#state.hasTextOrResults;
    const isKept = isInterrupted || isShown || this.begun.continued !== undefined;
    const keep = isStop ? this.#state.hasOutput : isKept;
    const status = isStop ? "stopped" : isInterrupted ? "interrupted" : "failed";
    const errorCode = status === "failed" ? describeProviderError(error).code : null;
    let row: MessageRow | null = null;
    let lost: ChatMessage | null = null;
    try {
      if (this.#isLost) {
        await this.#log?.close();
        await this.#tools?.abandon();
        lost = await this.#readLost();
      } else if (keep) {
        await this.#tools?.close();
        row = await finishTurn(this.#db, {
          message: assistant,
          state: this.#state,
          log: this.#log,
          status,
          errorCode,
        });
      } else await removeTurn(this.#db, assistant, this.#log);
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
    return this.#isLost && isStop ? gone() : error;
  }

  /** The answer as another process has ended it; null when it is gone. */
  async #readLost(): Promise<ChatMessage | null> {
    const row = await this.#db.message.findFirst({ where: { id: this.begun.assistant.id } });
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

/** How long an aborted turn waits for the app's own hooks, in milliseconds. */
const hookTimeoutMs = 1_000;

const dayMs = 86_400_000;

function gone(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "The message was deleted, or taken over by another process, while it was being produced.",
  );
}
