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
import { readStats } from "./messages/read-usage.ts";
import { resolveLLM } from "./provider/resolve-llm.ts";
import type { ChatRow, MessageRow } from "./database/rows.ts";
import { checkStorable, toStorable } from "./database/storable-text.ts";
import { toCoreSchema } from "./tools/to-core-schema.ts";
import type { TurnOptions, TurnSettings } from "./turn/turn-settings.ts";
import { rowOf, streamTurn } from "./turn/stream-turn.ts";
import { Turn } from "./turn/turn.ts";

/**
 * A chat whose messages, tool calls and requests are rows. The fluent methods change this object, not the
 * row; they are core's, and return the chat itself.
 */
export class Chat {
  /** The chat row's id. */
  readonly id: string;
  readonly #db: Database;
  readonly #llm: NodeLLMCore;
  readonly #options: CreateChatOptions;
  #model: string | null;
  #instructions: readonly string[];
  #core: ChatOptions;

  /** Use `createChat` or `loadChat`. */
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
   * Asks a question and resolves to the finished assistant row.
   *
   * @throws the provider's own error. The user message then stays, the assistant message is deleted, and
   * the requests stay in the ledger.
   * @throws ChatError `CONFLICT` when an answer is already in progress in this chat.
   */
  async ask(content: string | ContentPart[], options: TurnOptions = {}): Promise<MessageRow> {
    const turn = await this.#begin(content, options);
    return rowOf(await turn.run({ kind: "ask" }, options));
  }

  /**
   * Asks a question and yields the answer's chunks; returns the finished assistant row. Leaving the loop, or
   * aborting `options.signal`, closes the provider's connection and keeps what has been produced.
   */
  askStream(
    content: string | ContentPart[],
    options: TurnOptions = {},
  ): AsyncGenerator<ChatChunk, MessageRow, undefined> {
    return streamTurn(() => this.#begin(content, options), options);
  }

  /** The rows of the active branch, oldest first. */
  messages(): Promise<MessageRow[]> {
    return readBranch(this.#db, this.id);
  }

  /** What the chat has cost so far, added up by the database. */
  stats(): Promise<ChatStats> {
    return readStats(this.#db, this.id);
  }

  withTool(tool: ToolResolvable): this {
    return this.withTools([tool]);
  }

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

  /** Adds to the system prompt for the questions that follow; `replace` drops what was there. */
  withInstructions(instructions: string, options: { replace?: boolean } = {}): this {
    this.#instructions =
      options.replace === true ? [instructions] : [...this.#instructions, instructions];
    return this;
  }

  withSystemPrompt(instructions: string, options: { replace?: boolean } = {}): this {
    return this.withInstructions(instructions, options);
  }

  withThinking(thinking: ThinkingConfig): this {
    return this.#set({ thinking: { ...this.#core.thinking, ...thinking } });
  }

  withEffort(effort: NonNullable<ThinkingConfig["effort"]>): this {
    return this.withThinking({ effort });
  }

  withTemperature(temperature: number): this {
    return this.#set({ temperature });
  }

  withModel(model: string): this {
    this.#model = model;
    return this;
  }

  /** Asks for an answer of this shape: a zod schema, JSON Schema, or null for none. */
  withSchema(schema: unknown): this {
    if (schema === null) {
      const { schema: _schema, ...rest } = this.#core;
      this.#core = rest;
      return this;
    }
    return this.#set({ schema: toCoreSchema(schema) });
  }

  withParams(params: Record<string, unknown>): this {
    return this.#set({ params: { ...this.#core.params, ...params } });
  }

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

  withToolChoice(choice: NonNullable<ChatOptions["toolChoice"]>): this {
    return this.#set({ toolChoice: choice });
  }

  withToolCalls(calls: NonNullable<ChatOptions["toolCalls"]>): this {
    return this.#set({ toolCalls: calls });
  }

  withToolExecution(mode: ToolExecution): this {
    return this.#set({ toolExecution: toolExecutionModes[mode] });
  }

  withToolConcurrency(enabled: boolean): this {
    return this.#set({ toolConcurrency: enabled });
  }

  use(middleware: Middleware): this {
    return this.#set({ middlewares: [...(this.#core.middlewares ?? []), middleware] });
  }

  onNewMessage(handler: () => void): this {
    return this.#set({
      onNewMessageHandlers: [...(this.#core.onNewMessageHandlers ?? []), handler],
    });
  }

  onEndMessage(handler: (message: ChatResponseString) => void): this {
    return this.#set({
      onEndMessageHandlers: [...(this.#core.onEndMessageHandlers ?? []), handler],
    });
  }

  onToolCallStart(handler: (toolCall: unknown) => void): this {
    return this.#set({
      onToolCallStartHandlers: [...(this.#core.onToolCallStartHandlers ?? []), handler],
    });
  }

  onToolCallEnd(handler: (toolCall: unknown, result: unknown) => void): this {
    return this.#set({
      onToolCallEndHandlers: [...(this.#core.onToolCallEndHandlers ?? []), handler],
    });
  }

  onToolCallError(handler: NonNullable<ChatOptions["onToolCallError"]>): this {
    return this.#set({
      onToolCallErrorHandlers: [...(this.#core.onToolCallErrorHandlers ?? []), handler],
    });
  }

  onConfirmToolCall(handler: NonNullable<ChatOptions["onConfirmToolCall"]>): this {
    return this.#set({
      onConfirmToolCallHandlers: [...(this.#core.onConfirmToolCallHandlers ?? []), handler],
    });
  }

  beforeRequest(handler: (messages: Message[]) => Promise<Message[] | void>): this {
    return this.#set({
      onBeforeRequestHandlers: [...(this.#core.onBeforeRequestHandlers ?? []), handler],
    });
  }

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
    const text = typeof content === "string" ? content : textOf(content);
    if (text === "" && (typeof content === "string" || content.length === 0)) {
      throw new ChatError("BAD_REQUEST", "The question is empty. Pass a text, or content parts.");
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
    return {
      llm: resolveLLM(this.#llm, this.#model),
      model: this.#model,
      instructions: this.#instructions,
      options: this.#core,
      context: this.#options.context ?? {},
      idleTimeout: this.#options.idleTimeout ?? 60_000,
      toolTimeout: this.#options.toolTimeout ?? 120_000,
      maxToolResultChars: this.#options.maxToolResultChars,
      onFailure: this.#options.onFailure ?? "delete",
    };
  }
}

const toolExecutionModes: { readonly [Mode in ToolExecution]: ToolExecutionMode } = {
  auto: ToolExecutionMode.AUTO,
  confirm: ToolExecutionMode.CONFIRM,
  "dry-run": ToolExecutionMode.DRY_RUN,
};

function textOf(parts: readonly ContentPart[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
