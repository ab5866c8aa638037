import { randomUUID } from "node:crypto";
import type { ChatChunk, ContentPart, Message, NodeLLMCore, Usage } from "@node-llm/core";
import { resolveModelAlias, Stream } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import type { ChatStats } from "../chat/chat-procedures.ts";
import { abortError } from "../shared/abortable.ts";
import type { CreateChatOptions } from "./chat-settings.ts";
import type { Database } from "./database/database.ts";
import type { ChatRow, MessageRecord } from "./database/rows.ts";
import { toRecord } from "./database/rows.ts";
import { checkStorable, toStorable } from "../chat/storable-text.ts";
import { WriteQueue } from "./database/write-queue.ts";
import { FluentChat } from "./fluent-chat.ts";
import { placeMessages } from "./messages/place-messages.ts";
import { readBranch } from "./messages/read-branch.ts";
import { readStats } from "./messages/read-stats.ts";
import { storeMessages } from "./messages/store-messages.ts";
import { loadContent } from "./provider/load-content.ts";
import { llmAtProvider, resolveFallback, resolveLLM } from "./provider/resolve-llm.ts";
import { beginTurn } from "./turn/begin/begin-turn.ts";
import { openChat } from "./turn/begin/open-chat.ts";
import type { TurnOptions, TurnSettings } from "./turn/turn-settings.ts";
import { rowOf, streamTurn, Turn } from "./turn/turn.ts";

/**
 * A chat whose messages, tool calls and requests are rows of your database. Get one from `createChat` or `loadChat`.
 *
 * The fluent methods are those of NodeLLM's own `Chat`. They change how this object asks, not the chat's row, and
 * return the chat itself.
 *
 * @example
 * ```ts
 * const chat = await createChat(prisma, llm, { model: "gpt-4o" });
 * chat.withInstructions("Answer in one sentence.").withTool(WeatherTool);
 * const message = await chat.ask("Will it rain in Oslo today?");
 * console.log(message.content, message.cost);
 * ```
 */
export class Chat extends FluentChat {
  /** The chat's row, as it was when this object was made. */
  readonly record: ChatRow;
  /** The options that this object was made with. */
  readonly options: CreateChatOptions;
  readonly #db: Database;
  readonly #llm: NodeLLMCore;
  #history: readonly Message[];
  /** Messages that were added and are not stored yet. */
  #added: readonly Message[] = [];
  /** All messages that were added and stored. */
  #stored: readonly Message[] = [];
  readonly #storing = new WriteQueue();

  /** Not for direct use: call `createChat` or `loadChat`. */
  constructor(
    db: Database,
    llm: NodeLLMCore,
    row: ChatRow,
    options: CreateChatOptions,
    history: readonly Message[] = [],
  ) {
    super(row, options);
    this.record = row;
    this.options = options;
    this.#db = db;
    this.#llm = llm;
    this.#history = history;
  }

  /** The id of the chat's row. */
  get id(): string {
    return this.record.id;
  }

  /**
   * The instructions and the messages as this object knows them: those that `loadChat` has read within the limits of
   * `context`, and those of its own questions. `messages` reads the database.
   */
  get history(): readonly Message[] {
    const known = [...this.#history, ...this.#added];
    return [
      ...this.configuration.instructions.map((content): Message => ({ role: "system", content })),
      ...known.filter(isSystem),
      ...known.filter((message) => !isSystem(message)),
    ];
  }

  /**
   * The model of the next question.
   *
   * @throws ChatError `CONFIGURATION` when no model is named and the LLM has no provider to choose one.
   */
  get modelId(): string {
    const { llm, model } = this.#ask();
    const { provider } = llm;
    const name = model ?? llm.defaultChatModel ?? provider?.defaultModel("chat") ?? "";
    return provider === undefined ? name : resolveModelAlias(name, provider.id);
  }

  /** The usage of the messages in `history`. Unlike `stats`, it counts an unknown cost as 0, and no failed calls. */
  get totalUsage(): Usage {
    const total = {
      input_tokens: 0,
      output_tokens: 0,
      total_tokens: 0,
      cached_tokens: 0,
      cache_creation_tokens: 0,
      cost: 0,
    };
    for (const { usage } of this.history) {
      total.input_tokens += usage?.input_tokens ?? 0;
      total.output_tokens += usage?.output_tokens ?? 0;
      total.total_tokens += usage?.total_tokens ?? 0;
      total.cached_tokens += usage?.cached_tokens ?? 0;
      total.cache_creation_tokens += usage?.cache_creation_tokens ?? 0;
      total.cost += usage?.cost ?? 0;
    }
    return total;
  }

  /**
   * Asks a question and waits for the whole answer.
   *
   * @param content a text, or content parts for a question with images or files.
   * @param options NodeLLM's options for this question, with a `signal` that ends it.
   * @returns the row of the finished assistant message.
   * @throws the provider's own error. The user message and the requests are kept, and the assistant message is deleted
   * unless `onFailure` is `"keep"`.
   * @throws an error named `AbortError` when the signal aborts. What was produced is kept.
   * @throws ChatError `BAD_REQUEST` for an empty question, `NOT_FOUND` for a chat that has been deleted, or `CONFLICT`
   * when an answer is already in progress in this chat.
   *
   * @example
   * ```ts
   * const message = await chat.ask("What is the capital of France?", { signal: AbortSignal.timeout(60_000) });
   * console.log(message.content, message.inputTokens);
   * ```
   */
  async ask(content: string | ContentPart[], options: TurnOptions = {}): Promise<MessageRecord> {
    const begun = await this.#begin(content, options);
    try {
      return rowOf(await begun.turn.run({ kind: "ask" }, begun.options));
    } finally {
      begun.onEnd();
    }
  }

  /**
   * Asks a question and yields the answer in chunks. The generator returns the row of the finished assistant message.
   *
   * Leaving the loop or aborting `options.signal` closes the provider's connection. What was produced is kept with the
   * status `stopped`, and an answer without any output is deleted.
   *
   * @param content a text, or content parts for a question with images or files.
   * @param options NodeLLM's options for this question, with a `signal` that ends it.
   * @throws as `ask` does.
   *
   * @example
   * ```ts
   * for await (const chunk of chat.askStream("Tell me a story")) process.stdout.write(chunk.content);
   * ```
   */
  askStream(
    content: string | ContentPart[],
    options: TurnOptions = {},
  ): AsyncGenerator<ChatChunk, MessageRecord, undefined> {
    return streamTurn(() => this.#begin(content, options), options);
  }

  /**
   * Asks a question and streams the answer, like `askStream`, as NodeLLM's own `Stream`.
   *
   * @param content a text, or content parts for a question with images or files.
   * @param options NodeLLM's options for this question, with a `signal` that ends it.
   * @returns a stream that asks when it is read. Its `abort` ends the answer.
   */
  stream(content: string | ContentPart[], options: TurnOptions = {}): Stream<ChatChunk> {
    const controller = new AbortController();
    const signals = options.signal === undefined ? [] : [options.signal];
    const signal = AbortSignal.any([...signals, controller.signal]);
    return new Stream(() => this.askStream(content, { ...options, signal }), controller);
  }

  /**
   * Adds a message to the history. It is stored with the next question, or by `messages`.
   *
   * @param content a text, or content parts for a question with images or files.
   */
  add(role: Message["role"], content: NonNullable<Message["content"]>): this {
    return this.addMessage({ role, content });
  }

  /** Adds a message to the history, also one with tool calls or the result of one. It is stored like that of `add`. */
  addMessage(message: Message): this {
    this.#added = [...this.#added, message];
    return this;
  }

  /** Adds messages to the history. They are stored like that of `add`. */
  addMessages(messages: readonly Message[]): this {
    for (const message of messages) this.addMessage(message);
    return this;
  }

  /** Reads the messages of the active branch, oldest first. Those that were added are stored first. */
  async messages(): Promise<MessageRecord[]> {
    await this.#storeAdded();
    return (await readBranch(this.#db, this.id)).map(toRecord);
  }

  /** Reads what the chat has used so far: tokens, and cost in US dollars, which is null when no price is known. */
  stats(): Promise<ChatStats> {
    return readStats(this.#db, this.id, this.options.persistence?.requests !== false);
  }

  /** Stores the added messages. Calls run one after the other, or each would store the same messages. */
  #storeAdded(): Promise<void> {
    return this.#storing.run(async () => {
      const added = this.#added;
      if (added.length === 0) return;
      await storeMessages(this.#db, this.id, added, this.#persistsToolCalls);
      this.#history = [...this.#history, ...added];
      this.#stored = [...this.#stored, ...added];
      // More may have been added in the meantime.
      this.#added = this.#added.slice(added.length);
      // They stay stored if this fails, and the next reader that needs their place gives it to them.
      if (this.#db.supports("turns")) await placeMessages(this.#db, this.id);
    });
  }

  get #persistsToolCalls(): boolean {
    return this.options.persistence?.toolCalls !== false;
  }

  async #begin(
    content: string | ContentPart[],
    options: TurnOptions,
  ): Promise<{ readonly turn: Turn; readonly options: TurnOptions; readonly onEnd: () => void }> {
    if (options.signal?.aborted === true) throw abortError();
    const text = typeof content === "string" ? content : questionText(content);
    const { files = [], images = [], ...rest } = options;
    const isEmpty = typeof content === "string" ? text === "" : content.length === 0;
    if (isEmpty && files.length + images.length === 0) {
      throw new ChatError("BAD_REQUEST", "The question is empty. Pass a text or content parts.");
    }
    checkStorable("The question", text);
    const settings = this.#settings();
    const sent = await loadContent(settings, content, { files, images });
    await this.#storeAdded();
    const request = {
      ...(await openChat(this.#db, this.id)),
      user: {
        id: randomUUID(),
        content: toStorable(text),
        contentRaw: sent === text ? null : JSON.stringify(sent),
      },
      model:
        settings.model ??
        settings.llm.defaultChatModel ??
        settings.llm.provider?.defaultModel("chat") ??
        null,
      provider: settings.llm.provider?.id ?? null,
    };
    // `messages` may store others meanwhile. Those come after the answer, there as in the history.
    const { begun, known, stored } = await this.#storing.run(async () => ({
      begun: await beginTurn(this.#db, request),
      known: this.#history,
      stored: this.#stored.length,
    }));
    const turn = new Turn(this.#db, begun, settings, null);
    const onEnd = (): void => {
      const answered = turn.history ?? [...known, { role: "user", content: sent }];
      this.#history = [...answered, ...this.#stored.slice(stored)];
    };
    return { turn, options: rest, onEnd };
  }

  #ask(): Pick<TurnSettings, "llm" | "model"> & { readonly base: NodeLLMCore } {
    const { model, provider } = this.configuration;
    const base = provider === null ? this.#llm : llmAtProvider(this.#llm, provider);
    return { base, llm: resolveLLM(base, model, this.options.fallback), model };
  }

  #settings(): TurnSettings {
    const { instructions, core } = this.configuration;
    const { options } = this;
    const { base, ...asked } = this.#ask();
    return {
      ...asked,
      fallback: resolveFallback(base, asked, options.fallback),
      instructions,
      options: core,
      context: options.context ?? {},
      attachments: options.attachments,
      idleTimeout: options.idleTimeout,
      toolTimeout: options.toolTimeout,
      maxToolResultChars: options.maxToolResultChars,
      promptCaching: options.promptCaching,
      persistence: options.persistence,
      onFailure: options.onFailure ?? "delete",
    };
  }
}

function isSystem({ role }: Message): boolean {
  return role === "system" || role === "developer";
}

function questionText(parts: readonly ContentPart[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
