import type {
  ChatOptions,
  ChatResponseString,
  ContentPart,
  Message,
  Middleware,
  ThinkingConfig,
  ToolResolvable,
} from "@node-llm/core";
import { ToolExecutionMode } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import type { CreateChatOptions, ToolExecution } from "./chat-settings.ts";
import { chatTemperature, coreOptions } from "./chat-settings.ts";
import type { ChatRow } from "./database/rows.ts";
import { toCoreSchema } from "./tools/to-core-schema.ts";

/** How a chat asks. */
export interface ChatConfiguration {
  /** Null for the LLM's default. */
  readonly model: string | null;
  /** Null for the LLM's own. */
  readonly provider: { readonly name: string; readonly isStored: boolean } | null;
  /** The parts of the system prompt. */
  readonly instructions: readonly string[];
  /** The options of core's chat. */
  readonly core: ChatOptions;
}

/** The fluent methods of a chat, which are those of NodeLLM's own `Chat`. */
export abstract class FluentChat {
  #model: string | null;
  #provider: string | null;
  #instructions: readonly string[];
  #core: ChatOptions;
  readonly #stored: Pick<ChatRow, "model" | "provider">;

  constructor(row: ChatRow, options: CreateChatOptions) {
    this.#model = options.model ?? row.model;
    this.#provider = options.provider ?? null;
    this.#stored = { model: row.model, provider: row.provider };
    const instructions = options.instructions ?? options.systemPrompt ?? row.instructions;
    this.#instructions = instructions === null ? [] : [instructions];
    this.#core = { ...chatTemperature(row), ...coreOptions(options) };
    if (options.schema !== undefined) this.withSchema(options.schema);
  }

  /** How the next question is asked. */
  protected get configuration(): ChatConfiguration {
    return {
      model: this.#model,
      provider: this.#askedProvider,
      instructions: this.#instructions,
      core: this.#core,
    };
  }

  get #askedProvider(): ChatConfiguration["provider"] {
    if (this.#provider !== null) return { name: this.#provider, isStored: false };
    const { model, provider } = this.#stored;
    // The stored provider is that of the stored model.
    return provider === null || this.#model !== model ? null : { name: provider, isStored: true };
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

  /** The same as `withInstructions`. */
  system(instructions: string, options: { replace?: boolean } = {}): this {
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

  /**
   * Sets the model of the following questions. The chat's row keeps its own. Its provider is asked only for the model
   * that it was stored with; for another one, call `withProvider` unless the LLM's own provider has it.
   */
  withModel(model: string): this {
    this.#model = model;
    return this;
  }

  /**
   * Sets the provider of the following questions: another one of NodeLLM's, or one that you have registered there. The
   * chat's row keeps its own.
   *
   * @param provider its name, as `createLLM({ provider })` takes it.
   */
  withProvider(provider: string): this {
    this.#provider = provider;
    return this;
  }

  /**
   * Predicts the answer, which some models then give faster. Useful when a text is changed only a little.
   *
   * @param prediction null for none.
   */
  withPrediction(prediction: string | ContentPart[] | null): this {
    if (prediction !== null) return this.#set({ prediction });
    const { prediction: _prediction, ...rest } = this.#core;
    this.#core = rest;
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

  /**
   * Adds a tool, or a middleware of NodeLLM. Middlewares run in the order in which they are added.
   *
   * @throws ChatError `BAD_REQUEST` for anything else.
   */
  use(extension: Middleware | ToolResolvable): this {
    if (isTool(extension)) return this.withTool(extension);
    if (isMiddleware(extension))
      return this.#set({ middlewares: [...(this.#core.middlewares ?? []), extension] });
    throw new ChatError(
      "BAD_REQUEST",
      "`use` takes a tool or a middleware of NodeLLM: an object with a hook such as `onRequest`.",
    );
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

  /** The same as `onToolCallStart`. */
  onToolCall(handler: (toolCall: unknown) => void): this {
    return this.onToolCallStart(handler);
  }

  /** Calls the handler with the result after a tool has run successfully. */
  onToolResult(handler: (result: unknown) => void): this {
    return this.onToolCallEnd((_toolCall, result) => handler(result));
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

  /** The same as `beforeRequest`. */
  onBeforeRequest(handler: (messages: Message[]) => Promise<Message[] | void>): this {
    return this.beforeRequest(handler);
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
}

const toolExecutionModes: { readonly [Mode in ToolExecution]: ToolExecutionMode } = {
  auto: ToolExecutionMode.AUTO,
  confirm: ToolExecutionMode.CONFIRM,
  "dry-run": ToolExecutionMode.DRY_RUN,
};

/** A tool's class, an instance of it, or a definition with a handler. */
function isTool(value: Middleware | ToolResolvable): value is ToolResolvable {
  return typeof value === "function" || "function" in value || "toLLMTool" in value;
}

const hooks = [
  "onRequest",
  "onResponse",
  "onError",
  "onToolCallStart",
  "onToolCallEnd",
  "onToolCallError",
] as const satisfies readonly (keyof Middleware)[];

function isMiddleware(value: Middleware): boolean {
  return hooks.some((hook) => typeof value[hook] === "function");
}
