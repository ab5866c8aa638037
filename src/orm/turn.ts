import { randomUUID } from "node:crypto";
import type {
  AskOptions,
  ChatChunk,
  ChatOptions,
  ContentPart,
  Chat as CoreChat,
  Message,
  Middleware,
  ThinkingConfig,
  ToolCall,
} from "@node-llm/core";
import { NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import { abortable, abortError, settled } from "./abortable.ts";
import type { BegunTurn } from "./begin-turn.ts";
import type { Database } from "./database.ts";
import { describeProviderError } from "./describe-provider-error.ts";
import { finishTurn, removeTurn } from "./finish-turn.ts";
import type { ContextLimits } from "./history.ts";
import { readContext, replay } from "./history.ts";
import { instrumentProvider } from "./instrument-provider.ts";
import { isForeignKeyViolation } from "./prisma-errors.ts";
import { recordRequest } from "./record-request.ts";
import type { RequestOutcome } from "./request-outcome.ts";
import type { MessageRow } from "./rows.ts";
import { toChatMessage } from "./to-chat-message.ts";
import { resolveTools } from "./resolve-tools.ts";
import { TurnLog } from "./turn-log.ts";
import type { TurnObserver } from "./turn-observer.ts";
import type { TurnToolCall } from "./turn-state.ts";
import { toChatToolCall, TurnState } from "./turn-state.ts";

/** Options of one question: core's, with a signal that really ends it. */
export interface TurnOptions extends AskOptions {
  /** Ends the answer and closes the provider's connection. What has been produced stays. */
  signal?: AbortSignal;
  thinking?: ThinkingConfig;
}

/** How the turns of a chat are run. */
export interface TurnSettings {
  readonly llm: NodeLLMCore;
  readonly model: string | null;
  readonly instructions: readonly string[];
  readonly options: ChatOptions;
  readonly context: ContextLimits;
  /** Milliseconds without a chunk after which a stream counts as stalled. */
  readonly idleTimeout: number;
  /** Milliseconds after which a tool counts as hanging. */
  readonly toolTimeout: number;
  /** Longer results of tools are cut; 100,000 by default. */
  readonly maxToolResultChars?: number | undefined;
  /** What becomes of an answer that fails: `delete` it, or `keep` one that has text or tool results. */
  readonly onFailure: "delete" | "keep";
}

/**
 * One answer, from the rows that `beginTurn` committed to its end. It is run once, by the reader of
 * `stream` or by `ask`, and settles the message whatever happens on the way.
 */
export class Turn {
  readonly begun: BegunTurn;
  readonly #db: Database;
  readonly #settings: TurnSettings;
  readonly #observer: TurnObserver | null;
  readonly #state = new TurnState();
  readonly #abort = new AbortController();
  #log: TurnLog | null = null;
  #isLost = false;
  #isStopped = false;
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
  }

  /** Ends the answer; what has been produced stays. */
  stop(): void {
    this.#isStopped = true;
    this.#abort.abort(abortError());
  }

  /** Runs the turn without streaming. Rejects with the provider's own error. */
  async ask(options: TurnOptions): Promise<MessageRow> {
    return this.#settle(options, async () => {
      const { chat, content } = await this.#prepare();
      const answer = chat.ask(content, this.#askOptions(options));
      const response = await abortable(answer, this.#abort.signal).catch(async (error: unknown) => {
        // What an aborted call cost is recorded before the caller hears of it.
        await settled(answer, hookTimeoutMs);
        throw error;
      });
      this.#state.setStepText(response.toString());
      await this.#recordUnstartedTools();
    });
  }

  /** Runs the turn, yielding core's chunks. Leaving the loop stops it. Returns the finished row. */
  async *stream(options: TurnOptions): AsyncGenerator<ChatChunk, MessageRow, undefined> {
    const unlink = this.#link(options.signal);
    let isSettled = false;
    try {
      this.#abort.signal.throwIfAborted();
      const { chat, content } = await this.#prepare();
      yield* chat.stream(content, this.#askOptions(options));
      this.#abort.signal.throwIfAborted();
      await this.#recordUnstartedTools();
      isSettled = true;
      return await this.#complete();
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

  async #settle(options: TurnOptions, run: () => Promise<void>): Promise<MessageRow> {
    const unlink = this.#link(options.signal);
    try {
      this.#abort.signal.throwIfAborted();
      await run();
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

  async #prepare(): Promise<{ chat: CoreChat; content: string | ContentPart[] }> {
    const { assistant, chat } = this.begun;
    if (this.#db.isExtended) {
      this.#log = new TurnLog({
        db: this.#db,
        messageId: assistant.id,
        startedAt: assistant.createdAt,
        onInterrupt: (reason) => {
          if (reason === "lost") this.#isLost = true;
          this.stop();
        },
        onFailure: (error) => this.#abort.abort(error),
      });
    }
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
    return { chat: this.#coreChat(messages.slice(0, -1)), content: question.content };
  }

  #coreChat(messages: Message[]): CoreChat {
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
      toolCallIds: new Set(),
      onCall: () => this.#state.beginStep(),
      takeHalt: () => this.#takeHalt(),
      onToolAnswer: (id, content) => this.#onToolAnswer(id, content),
      onText: (text) => {
        this.#state.appendText(text);
        this.#log?.append("text", text);
        this.#observer?.append("text", text);
      },
      onThinking: (thinking) => {
        this.#state.appendThinking(thinking);
        this.#log?.append("thinking", thinking.text ?? "");
        this.#observer?.append("thinking", thinking.text ?? "");
      },
      onToolCalls: (calls) => this.#onToolCalls(calls),
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
      middlewares: [this.#middleware(), ...(options.middlewares ?? [])],
    });
    return chat.afterResponse((response) => {
      this.#state.setStepText(response.toString());
      return Promise.resolve();
    });
  }

  #askOptions(options: TurnOptions): AskOptions {
    const { signal: _signal, ...rest } = options;
    return rest;
  }

  /** Core awaits its middlewares, and not its tool handlers: so the rows are written from here. */
  #middleware(): Middleware {
    return {
      name: "node-llm-trpc",
      onToolCallStart: async (_context, tool) => {
        const call = this.#state.toolCalls.get(tool.id);
        if (call !== undefined) await this.#orEnd(this.#insertToolCall(call));
      },
      onToolCallEnd: async (_context, tool, result) => {
        const text = typeof result === "string" ? result : (JSON.stringify(result) ?? "");
        const status = isToolFailure(tool, text) ? "error" : "complete";
        await this.#orEnd(this.#endToolCall(tool.id, text, status));
      },
      onToolCallError: async (_context, tool, error) => {
        if (this.#abort.signal.aborted) return; // Written when the turn is settled, if it is kept.
        const text = `Fatal error executing tool '${tool.function.name}': ${error.message}`;
        await this.#orEnd(this.#endToolCall(tool.id, text, "error"));
      },
    };
  }

  /** Core takes what a middleware throws for a failure of the tool and goes on; the turn may not. */
  async #orEnd(write: Promise<void>): Promise<void> {
    try {
      await write;
    } catch (error) {
      this.#abort.abort(error);
      throw error;
    }
  }

  #onToolCalls(calls: readonly ToolCall[]): void {
    for (const call of calls) {
      const added = this.#state.addToolCall(call.id, call.function.name, call.function.arguments);
      this.#log?.append("tool", call.id);
      this.#observer?.setToolCall(toChatToolCall(added));
    }
  }

  async #insertToolCall(call: TurnToolCall): Promise<void> {
    if (call.hasRow) return;
    const data = this.#db.pick("toolCall", {
      id: randomUUID(),
      messageId: this.begun.assistant.id,
      toolCallId: call.toolCallId,
      name: call.name,
      arguments: call.arguments,
      position: call.position,
      step: call.step,
      thought: call.thought,
      thoughtSignature: call.thoughtSignature,
      status: call.status,
      result: call.result,
      ...(call.status === "running" ? {} : { finishedAt: new Date() }),
    });
    try {
      await this.#db.write(() => this.#db.toolCall.createMany({ data: [data] }));
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      this.#isLost = true;
      this.stop();
      throw gone();
    }
    call.hasRow = true;
  }

  async #endToolCall(
    id: string,
    result: string,
    status: "complete" | "error" | "denied",
  ): Promise<void> {
    const call = this.#state.toolCalls.get(id);
    if (call === undefined) return;
    call.result = result;
    call.status = status;
    if (call.hasRow) {
      const data = this.#db.pick("toolCall", { result, status, finishedAt: new Date() });
      const where = { messageId: this.begun.assistant.id, toolCallId: id };
      await this.#db.write(() => this.#db.toolCall.updateMany({ where, data }));
    } else await this.#insertToolCall(call);
    this.#observer?.setToolCall(toChatToolCall(call));
  }

  #takeHalt(): string | null {
    const halt = this.#halt;
    this.#halt = null;
    return halt;
  }

  /** The only answer that no middleware is told of is the one to a call that was refused in `confirm` mode. */
  #onToolAnswer(id: string, content: string): { isError: boolean } {
    const call = this.#state.toolCalls.get(id);
    if (call !== undefined && call.result === null && !this.#abort.signal.aborted) {
      call.result = content;
      call.status = "denied";
      this.#observer?.setToolCall(toChatToolCall(call));
    }
    return { isError: call?.status === "error" };
  }

  /** Calls that were proposed and never started: refused in `confirm` mode, or left alone in `dry-run`. */
  async #recordUnstartedTools(): Promise<void> {
    for (const call of this.#state.toolCalls.values()) {
      if (call.hasRow) continue;
      if (call.result === null) call.status = "awaiting_approval";
      await this.#insertToolCall(call);
    }
  }

  /** Calls that the end of the answer has cut off. */
  async #closeTools(): Promise<void> {
    for (const call of this.#state.toolCalls.values()) {
      if (call.result === null) await this.#endToolCall(call.toolCallId, cutOffTool, "error");
      else if (!call.hasRow) await this.#insertToolCall(call);
    }
  }

  async #onRequest(outcome: RequestOutcome): Promise<void> {
    this.#state.addRequest(outcome);
    this.#observer?.onRequest?.(outcome);
    await recordRequest(this.#db, this.begun.assistant, outcome);
  }

  async #complete(): Promise<MessageRow> {
    const row = await finishTurn(this.#db, {
      message: this.begun.assistant,
      state: this.#state,
      log: this.#log,
      status: "complete",
      errorCode: null,
    });
    if (row === null) {
      this.#isLost = true;
      throw gone();
    }
    this.#publish(row);
    return row;
  }

  /** Settles an answer that did not complete; resolves to the error that the caller is to get. */
  async #fail(error: unknown): Promise<unknown> {
    this.#abort.abort(error);
    const { assistant } = this.begun;
    const isStop = this.#isStopped;
    const keep = isStop
      ? this.#state.hasOutput
      : this.#settings.onFailure === "keep" && this.#state.hasTextOrResults;
    const status = isStop ? "stopped" : "failed";
    const errorCode = isStop ? null : describeProviderError(error).code;
    let row: MessageRow | null = null;
    try {
      if (this.#isLost) await this.#log?.close();
      else if (keep) {
        await this.#closeTools();
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
    this.#publish(
      row ?? { ...assistant, status, errorCode, content: this.#state.content, turnLock: null },
    );
    return this.#isLost && isStop ? gone() : error;
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

const cutOffTool = "The tool did not finish: the answer ended before it did.";

/** A `Tool` subclass answers with its failure as text: https://github.com/node-llm/node-llm, chat/Tool.ts. */
function isToolFailure(tool: ToolCall, text: string): boolean {
  return (
    text.startsWith(`Error executing tool '${tool.function.name}':`) ||
    text.startsWith("Invalid tool arguments:") ||
    text.startsWith(`Error: arguments for tool '${tool.function.name}' were not valid JSON`) ||
    text.startsWith(`Model tried to call unavailable tool '${tool.function.name}'`)
  );
}

function gone(): ChatError {
  return new ChatError(
    "NOT_FOUND",
    "The message was deleted, or taken over by another process, while it was being produced.",
  );
}
