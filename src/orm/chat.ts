import { randomUUID } from "node:crypto";
import type {
  ChatChunk,
  ChatOptions,
  ChatResponseString,
  ContentPart,
  Message,
  Middleware,
  NodeLLMCore,
  ThinkingConfig,
  ToolResolvable,
} from "@node-llm/core";
import { ToolExecutionMode } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import { abortError } from "../shared/abortable.ts";
import type { ChatStats } from "../chat/chat-procedures.ts";
import { readChat } from "./messages/read-chat.ts";
import { beginTurn } from "./turn/begin-turn.ts";
import type { CreateChatOptions, ToolExecution } from "./chat-settings.ts";
import { chatTemperature, splitOptions } from "./chat-settings.ts";
import type { Database } from "./database/database.ts";
import { readBranch } from "./messages/read-branch.ts";
import { readStats } from "./messages/read-stats.ts";
import { resolveFallback, resolveLLM } from "./provider/resolve-llm.ts";
import type { ChatRow, MessageRow } from "./database/rows.ts";
import { checkStorable, toStorable } from "./database/storable-text.ts";
import { toCoreSchema } from "./tools/to-core-schema.ts";
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
export class Chat {
  /** The id of the chat's row. */
  readonly id: string;
  readonly #db: Database;
  readonly #llm: NodeLLMCore;
  readonly #options: CreateChatOptions;
  #model: string | null;
  #instructions: readonly string[];
  #core: ChatOptions;

  /** Not for direct use: call `createChat` or `loadChat`. */
  constructor(db: Database, llm: NodeLLMCore, row: ChatRow, options: CreateChatOptions) {
    this.#db = db;
    this.#llm = llm;
    this.#options = options;
    this.id = row.id;
    this.#model = options.model ?? row.model;
    const instructions = options.instructions ?? row.instructions;
    this.#instructions = instructions === null ? [] : [instructions];
    this.#core = { ...chatTemperature(row), ...splitOptions(options).core };
    if (options.schema !== undefined) this.withSchema(options.schema);
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
  async ask(content: string | ContentPart[], options: TurnOptions = {}): Promise<MessageRow> {
    const turn = await this.#begin(content, options);
    return rowOf(await turn.run({ kind: "ask" }, options));
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
  ): AsyncGenerator<ChatChunk, MessageRow, undefined> {
    return streamTurn(() => this.#begin(content, options), options);
  }

  /** Reads the messages of the active branch, oldest first. */
  async messages(): Promise<MessageRow[]> {
    return [...(await readBranch(this.#db, this.id))];
  }

  /** Reads what the chat has used so far: tokens, and cost in US dollars, which is null when no price is known. */
  stats(): Promise<ChatStats> {
    return readStats(this.#db, this.id);
  }

  /** Adds a tool: a `Tool` class, an instance of one, or a definition with a `handler`. */
  withTool(tool: ToolResolvable): this {
    return this.withTools([tool]);
  }

  /**
   * Adds tools.
   *
   * @param options.replace removes the tools that were added before.
   * @param options.choice as `withToolChoice`.
   * @param options.calls as `withToolCalls`.
   */
  withTools(
    tools: readonly ToolResolvable[],
    options: {
      replace?: boolean;
      choice?: ChatOptions["toolChoice"];
      calls?: ChatOptions["toolCalls"];
    } = {},
  ): this {
    const known = options.replace === true ? [] : (this.#core.tools ?? []);
    this.#set({
      tools: [...known, ...tools],
      ...(options.choice === undefined ? {} : { toolChoice: options.choice }),
      ...(options.calls === undefined ? {} : { toolCalls: options.calls }),
    });
    return this;
  }

  /**
   * Adds instructions to the system prompt. The chat's row keeps its own.
   *
   * @param options.replace removes all earlier instructions, including those of the row.
   */
  withInstructions(instructions: string, options: { replace?: boolean } = {}): this {
    this.#instructions =
      options.replace === true ? [instructions] : [...this.#instructions, instructions];
    return this;
  }

  /** The same as `withInstructions`. */
  withSystemPrompt(instructions: string, options: { replace?: boolean } = {}): this {
    return this.withInstructions(instructions, options);
  }

  /** Configures thinking for models that support it. Merged with the earlier configuration. */
  withThinking(thinking: ThinkingConfig): this {
    return this.#set({ thinking: { ...this.#core.thinking, ...thinking } });
  }

  /** Sets the effort of thinking. The same as `withThinking({ effort })`. */
  withEffort(effort: NonNullable<ThinkingConfig["effort"]>): this {
    return this.withThinking({ effort });
  }

  /** Sets the sampling temperature. Providers take 0 to 1 or 0 to 2; lower values are more deterministic. */
  withTemperature(temperature: number): this {
    return this.#set({ temperature });
  }

  /** Sets the model of the following questions. The chat's row keeps its own. */
  withModel(model: string): this {
    this.#model = model;
    return this;
  }

  /**
   * Asks for answers that match a schema.
   *
   * @param schema a zod schema, JSON Schema, or a `Schema` of NodeLLM; null for free text again.
   * @throws ChatError `BAD_REQUEST` for anything else.
   */
  withSchema(schema: unknown): this {
    if (schema === null) {
      const { schema: _schema, ...rest } = this.#core;
      this.#core = rest;
      return this;
    }
    return this.#set({ schema: toCoreSchema(schema) });
  }

  /** Adds parameters to the body of each request, for features that only some providers have. */
  withParams(params: Record<string, unknown>): this {
    return this.#set({ params: { ...this.#core.params, ...params } });
  }

  /** Adds HTTP headers to each request, or sets the format of the response. */
  withRequestOptions(options: {
    headers?: Record<string, string>;
    responseFormat?: ChatOptions["responseFormat"];
  }): this {
    return this.#set({
      ...(options.headers === undefined
        ? {}
        : { headers: { ...this.#core.headers, ...options.headers } }),
      ...(options.responseFormat === undefined ? {} : { responseFormat: options.responseFormat }),
    });
  }

  /**
   * Controls whether the model calls tools.
   *
   * @param choice `"auto"` lets the model decide, `"required"` makes it call a tool, `"none"` forbids it, and the name
   * of a tool forces that one.
   */
  withToolChoice(choice: NonNullable<ChatOptions["toolChoice"]>): this {
    return this.#set({ toolChoice: choice });
  }

  /** Controls how many tools the model may call at once: `"one"` forbids parallel calls. */
  withToolCalls(calls: NonNullable<ChatOptions["toolCalls"]>): this {
    return this.#set({ toolCalls: calls });
  }

  /**
   * Sets how tool calls are run.
   *
   * @param mode `"auto"` runs them, `"confirm"` asks the handlers of `onConfirmToolCall` before each of them, and
   * `"dry-run"` only stores them.
   */
  withToolExecution(mode: ToolExecution): this {
    return this.#set({ toolExecution: toolExecutionModes[mode] });
  }

  /** Runs the calls of one response at the same time instead of one after the other. `"confirm"` mode ignores it. */
  withToolConcurrency(enabled: boolean): this {
    return this.#set({ toolConcurrency: enabled });
  }

  /** Adds a middleware of NodeLLM. Middlewares run in the order in which they are added. */
  use(middleware: Middleware): this {
    return this.#set({ middlewares: [...(this.#core.middlewares ?? []), middleware] });
  }

  /** Calls the handler before the model starts to answer. Further handlers are added, as with all hooks below. */
  onNewMessage(handler: () => void): this {
    return this.#set({
      onNewMessageHandlers: [...(this.#core.onNewMessageHandlers ?? []), handler],
    });
  }

  /** Calls the handler with the complete answer. */
  onEndMessage(handler: (message: ChatResponseString) => void): this {
    return this.#set({
      onEndMessageHandlers: [...(this.#core.onEndMessageHandlers ?? []), handler],
    });
  }

  /** Calls the handler before a tool runs. */
  onToolCallStart(handler: (toolCall: unknown) => void): this {
    return this.#set({
      onToolCallStartHandlers: [...(this.#core.onToolCallStartHandlers ?? []), handler],
    });
  }

  /** Calls the handler with the result after a tool has run successfully. */
  onToolCallEnd(handler: (toolCall: unknown, result: unknown) => void): this {
    return this.#set({
      onToolCallEndHandlers: [...(this.#core.onToolCallEndHandlers ?? []), handler],
    });
  }

  /**
   * Calls the handler when a tool fails. Without a directive from it, the model is told about the error, unless that is
   * fatal. `"STOP"` ends the answer with the error, `"RETRY"` runs the tool once more, and `"CONTINUE"` tells the model
   * in any case.
   */
  onToolCallError(handler: NonNullable<ChatOptions["onToolCallError"]>): this {
    return this.#set({
      onToolCallErrorHandlers: [...(this.#core.onToolCallErrorHandlers ?? []), handler],
    });
  }

  /** Asks the handler before a tool runs in `"confirm"` mode. The call is cancelled unless all handlers return true. */
  onConfirmToolCall(handler: NonNullable<ChatOptions["onConfirmToolCall"]>): this {
    return this.#set({
      onConfirmToolCallHandlers: [...(this.#core.onConfirmToolCallHandlers ?? []), handler],
    });
  }

  /** Lets the handler change the messages before they are sent to the provider. What is stored stays as it is. */
  beforeRequest(handler: (messages: Message[]) => Promise<Message[] | void>): this {
    return this.#set({
      onBeforeRequestHandlers: [...(this.#core.onBeforeRequestHandlers ?? []), handler],
    });
  }

  /** Lets the handler change a response. The changed text is stored. */
  afterResponse(
    handler: (response: ChatResponseString) => Promise<ChatResponseString | void>,
  ): this {
    return this.#set({
      onAfterResponseHandlers: [...(this.#core.onAfterResponseHandlers ?? []), handler],
    });
  }

  #set(options: Partial<ChatOptions>): this {
    this.#core = { ...this.#core, ...options };
    return this;
  }

  async #begin(content: string | ContentPart[], options: TurnOptions): Promise<Turn> {
    if (options.signal?.aborted === true) throw abortError();
    const text = typeof content === "string" ? content : questionText(content);
    if (text === "" && (typeof content === "string" || content.length === 0)) {
      throw new ChatError("BAD_REQUEST", "The question is empty. Pass a text or content parts.");
    }
    checkStorable("The question", text);
    const settings = this.#settings();
    const chat = await readChat(this.#db, this.id);
    const begun = await beginTurn(this.#db, {
      chat,
      user: {
        id: randomUUID(),
        content: toStorable(text),
        contentRaw: typeof content === "string" ? null : JSON.stringify(content),
      },
      model:
        this.#model ??
        settings.llm.defaultChatModel ??
        settings.llm.provider?.defaultModel("chat") ??
        null,
      provider: settings.llm.provider?.id ?? null,
    });
    return new Turn(this.#db, begun, settings, null);
  }

  #settings(): TurnSettings {
    const { fallback } = this.#options;
    const asked = { llm: resolveLLM(this.#llm, this.#model, fallback), model: this.#model };
    return {
      ...asked,
      fallback: resolveFallback(this.#llm, asked, fallback),
      instructions: this.#instructions,
      options: this.#core,
      context: this.#options.context ?? {},
      idleTimeout: this.#options.idleTimeout,
      toolTimeout: this.#options.toolTimeout,
      maxToolResultChars: this.#options.maxToolResultChars,
      promptCaching: this.#options.promptCaching,
      onFailure: this.#options.onFailure ?? "delete",
    };
  }
}

const toolExecutionModes: { readonly [Mode in ToolExecution]: ToolExecutionMode } = {
  auto: ToolExecutionMode.AUTO,
  confirm: ToolExecutionMode.CONFIRM,
  "dry-run": ToolExecutionMode.DRY_RUN,
};

function questionText(parts: readonly ContentPart[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
