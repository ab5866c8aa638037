import type { AskOptions, ChatChunk, ContentPart, Chat as CoreChat, Message } from "@node-llm/core";
import { NodeLLMCore } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { abortableItems } from "../../shared/abortable-items.ts";
import { abortable, abortError, settled } from "../../shared/abortable.ts";
import type { BegunTurn } from "./begin-turn.ts";
import type { Database } from "../database/database.ts";
import { ContinuedAnswer } from "../provider/continued-answer.ts";
import { readContext, replay, toToolCall } from "../provider/history.ts";
import { instrumentProvider } from "../provider/instrument-provider.ts";
import { recordRequest } from "../messages/record-request.ts";
import type { RequestOutcome } from "../messages/record-request.ts";
import type { MessageRow } from "../database/rows.ts";
import { toStorable } from "../database/storable-text.ts";
import { resolveTools } from "../tools/resolve-tools.ts";
import { TurnEnding } from "./turn-ending.ts";
import type { TurnObserver } from "./turn-observer.ts";
import { TurnState } from "./turn-state.ts";
import type { TurnOptions, TurnSettings } from "./turn-settings.ts";
import type { TurnTools } from "./turn-tools.ts";

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
  readonly #ending: TurnEnding;
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
    this.#ending = new TurnEnding({ db, begun, settings, observer, state: this.#state });
  }

  /** The turn that continues this one at once, when `stream` has ended; null otherwise. */
  get next(): BegunTurn | null {
    return this.#ending.next;
  }

  /** Ends the answer; what has been produced stays. */
  stop(): void {
    this.#ending.stop();
  }

  /** Ends the answer as one whose process goes away; what has been produced stays. */
  interrupt(): void {
    this.#ending.interrupt();
  }

  /** Runs the turn without streaming. Rejects with the provider's own error. */
  async ask(options: TurnOptions): Promise<MessageRow> {
    return this.#settle(options, async (tools) => {
      const { chat, content } = await this.#prepare(tools);
      const answer = chat.ask(content, this.#askOptions(options));
      const response = await abortable(answer, this.#ending.signal).catch(
        async (error: unknown) => {
          // What an aborted call cost is recorded before the caller hears of it.
          await settled(answer, hookTimeoutMs);
          throw error;
        },
      );
      this.#state.setStepText(toStorable(response.toString()));
      await tools.recordUnstarted();
    });
  }

  /** Runs the turn, yielding core's chunks. Leaving the loop stops it. Returns the finished row. */
  async *stream(options: TurnOptions): AsyncGenerator<ChatChunk, MessageRow, undefined> {
    const unlink = this.#link(options.signal);
    const tools = this.#ending.open();
    let isSettled = false;
    try {
      this.#ending.signal.throwIfAborted();
      const { chat, content } = await this.#prepare(tools);
      try {
        const chunks = chat.stream(content, this.#askOptions(options));
        yield* abortableItems(chunks, this.#ending.signal, hookTimeoutMs);
      } catch (error) {
        // Core may have no further round to end in.
        if (!this.#state.isWaiting) throw error;
      }
      this.#ending.signal.throwIfAborted();
      const isWaiting = this.#state.isWaiting;
      await tools.recordUnstarted();
      isSettled = true;
      return await (isWaiting ? this.#ending.suspend() : this.#ending.complete());
    } catch (error) {
      isSettled = true;
      throw await this.#ending.fail(error);
    } finally {
      unlink();
      if (!isSettled) {
        this.stop();
        await this.#ending.fail(abortError());
      }
    }
  }

  async #settle(
    options: TurnOptions,
    run: (tools: TurnTools) => Promise<void>,
  ): Promise<MessageRow> {
    const unlink = this.#link(options.signal);
    const tools = this.#ending.open();
    try {
      this.#ending.signal.throwIfAborted();
      await run(tools);
      this.#ending.signal.throwIfAborted();
      return await this.#ending.complete();
    } catch (error) {
      throw await this.#ending.fail(error);
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
      signal: this.#ending.signal,
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
        this.#ending.save("text", text, waitedMs);
        this.#observer?.append("text", text, waitedMs);
      },
      onThinking: (thinking) => {
        this.#state.appendThinking(thinking);
        this.#ending.save("thinking", thinking.text ?? "");
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
        signal: this.#ending.signal,
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
}

/** How long an aborted turn waits for the app's own hooks, in milliseconds. */
const hookTimeoutMs = 1_000;
