import type { ChatOptions } from "@node-llm/core";
import type { AttachmentStorage } from "./attachments/attachment-storage.ts";
import { findUnknownKey } from "./provider/check-names.ts";
import { checkSettings } from "./provider/check-settings.ts";
import type { ContextLimits } from "./provider/history.ts";
import { timerDelay } from "../shared/timer-delay.ts";
import { ChatError } from "../chat/chat-error.ts";
import type { Database } from "./database/database.ts";
import type { Row } from "./database/client/prisma-client-like.ts";
import type { ChatRow } from "./database/rows.ts";
import type { TableNames } from "./database/client/table-names.ts";

/** The options that this package adds to NodeLLM's `ChatOptions`. */
export interface PersistenceOptions {
  /**
   * The model to ask, stored in the chat's row.
   *
   * @default the LLM's default model
   */
  model?: string | undefined;
  /** The system prompt, stored in the chat's row. */
  instructions?: string | undefined;
  /** The same as `instructions`, as NodeLLM calls it. */
  systemPrompt?: string | undefined;
  /**
   * The provider to ask, stored in the chat's row: another one of NodeLLM's, or one that you have registered there, by
   * the name that `createLLM({ provider })` takes.
   *
   * @default the LLM's provider
   */
  provider?: string | undefined;
  /**
   * What is stored besides messages, for chats whose details must not be kept.
   *
   * @default { requests: true, toolCalls: true }
   */
  persistence?: PersistedRows | undefined;
  /** Any JSON value, stored in the chat's row. */
  metadata?: unknown;
  /** The names of the models in your Prisma schema, when they are not `LlmChat`, `LlmMessage` and so on. */
  tableNames?: TableNames | undefined;
  /**
   * Limits how much of the history is sent to the provider.
   *
   * @default the whole history
   */
  context?: ContextLimits | undefined;
  /**
   * Milliseconds without a chunk after which a stream fails with `STREAM_STALLED`; `Infinity` for never.
   *
   * @default 60_000
   */
  idleTimeout?: number | undefined;
  /**
   * Milliseconds after which a tool call fails; `Infinity` for never. The model gets the error as the call's result.
   *
   * @default 120_000
   */
  toolTimeout?: number | undefined;
  /**
   * Characters (UTF-16 code units) after which a tool's result is cut. The model is told that it was.
   *
   * @default 100_000
   */
  maxToolResultChars?: number | undefined;
  /**
   * Whether requests to Anthropic mark what it should cache: the tools, the system prompt and the history, from about
   * 1,000 tokens on. What the next question reads from the cache costs a tenth. Other providers cache by themselves.
   *
   * @see https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching
   * @default true
   */
  promptCaching?: boolean | undefined;
  /**
   * Models to ask, in order, when the model cannot answer: its call fails before the first token with an error that may
   * pass (`RATE_LIMITED`, `OVERLOADED`, `TIMEOUT`, …), or with `MODEL_NOT_FOUND` or `CONTEXT_TOO_LONG`. A model of
   * another provider of NodeLLM is asked there if its key is set. The row of the answer names the model that answered.
   *
   * @default none
   */
  fallback?: readonly string[] | undefined;
  /**
   * Where the files of messages are kept. `ask` reads there what the router has stored.
   *
   * @default the database
   */
  attachments?: AttachmentStorage | undefined;
  /**
   * What happens to an answer that fails: `"delete"` deletes it, `"keep"` keeps it with the status `failed` when it has
   * text or tool results.
   *
   * @default "delete"
   */
  onFailure?: "delete" | "keep" | undefined;
}

/** How tool calls are run: NodeLLM's `ToolExecutionMode`, or one of its values. */
export type ToolExecution = "auto" | "confirm" | "dry-run";

/** The options of a chat without columns of your own. */
export type OrmChatOptions = PersistenceOptions &
  Omit<ChatOptions, "messages" | "systemPrompt" | "provider" | "schema" | "toolExecution"> & {
    /** How tool calls are run. NodeLLM runs them (`"auto"`) by default. */
    toolExecution?: ToolExecution | undefined;
    /** Asks for answers that match a zod schema, JSON Schema, or a `Schema` of NodeLLM. */
    schema?: unknown;
  };

/** The options of `createChat` and `loadChat`. Any other key is a column of the chat's model, such as `userId`. */
export type CreateChatOptions = OrmChatOptions & { readonly [column: string]: unknown };

/** What is stored besides messages. */
export interface PersistedRows {
  /**
   * Whether each call of the provider becomes a row. Without these, `stats` adds up the messages.
   *
   * @default true
   */
  readonly requests?: boolean | undefined;
  /**
   * Whether tool calls become rows, with their arguments and results. Without these, later questions are asked without
   * them.
   *
   * @default true
   */
  readonly toolCalls?: boolean | undefined;
}

export const persistenceKeys = [
  "persistence",
  "tableNames",
  "context",
  "idleTimeout",
  "toolTimeout",
  "maxToolResultChars",
  "promptCaching",
  "fallback",
  "attachments",
  "onFailure",
] as const satisfies readonly (keyof PersistenceOptions)[];

const coreKeys = [
  "middlewares",
  "tools",
  "temperature",
  "maxTokens",
  "onNewMessage",
  "onEndMessage",
  "onToolCallStart",
  "onToolCallEnd",
  "onToolCallError",
  "onNewMessageHandlers",
  "onEndMessageHandlers",
  "onToolCallStartHandlers",
  "onToolCallEndHandlers",
  "onToolCallErrorHandlers",
  "headers",
  "responseFormat",
  "thinking",
  "prediction",
  "assumeModelExists",
  "maxToolCalls",
  "maxCorrections",
  "requestTimeout",
  "toolExecution",
  "toolConcurrency",
  "toolChoice",
  "toolCalls",
  "params",
  "onConfirmToolCall",
  "onBeforeRequest",
  "onAfterResponse",
  "onConfirmToolCallHandlers",
  "onBeforeRequestHandlers",
  "onAfterResponseHandlers",
] as const satisfies readonly (keyof ChatOptions)[];

/** The row's temperature as an option of core's chat; no option for a row without one, so that none is sent. */
export function chatTemperature({ temperature }: Pick<ChatRow, "temperature">): {
  temperature?: number;
} {
  return temperature == null ? {} : { temperature };
}

/** The options that are stored under another name than their own. */
const storedKeys = ["model", "instructions", "systemPrompt", "provider", "metadata"] as const;

/** The options that are passed on to core's chat. */
export function coreOptions(options: {
  readonly [Key in (typeof coreKeys)[number]]?: unknown;
}): ChatOptions {
  const core: Row = {};
  for (const key of coreKeys) {
    const value = options[key];
    // NodeLLM gives the timeout to a timer.
    if (value !== undefined)
      core[key] = key === "requestTimeout" ? timerDelay(Number(value)) : value;
  }
  return core;
}

const ownKeys = new Set<string>([...persistenceKeys, ...coreKeys, "schema", "systemPrompt"]);

/** The options that are columns of the chat's row. */
export function columnOptions(options: CreateChatOptions): Row {
  const columns = Object.entries(options).filter(
    ([key, value]) => value !== undefined && !ownKeys.has(key),
  );
  const instructions = options.instructions ?? options.systemPrompt;
  return {
    ...Object.fromEntries(columns),
    ...(instructions === undefined ? {} : { instructions }),
  };
}

/**
 * Checks that each option is one, or a column of the chat's model.
 *
 * @throws ChatError `CONFIGURATION` for any other, with the name that was probably meant, and for options that
 *   contradict each other.
 */
export function checkOptions(db: Database, options: CreateChatOptions): void {
  checkSettings("The options of a chat", options);
  const columns = db.columnNames("chat");
  const known = [...persistenceKeys, ...coreKeys, ...storedKeys, "schema", ...columns];
  checkKeys(db, options, known);
  if (options.instructions !== undefined && options.systemPrompt !== undefined) {
    throw new ChatError(
      "CONFIGURATION",
      "`instructions` and `systemPrompt` are the same option. Pass one of them.",
    );
  }
}

/**
 * Checks that each key that has a value is known.
 *
 * @throws ChatError `CONFIGURATION` for any other, with the name that was probably meant.
 */
export function checkKeys(db: Database, options: object, known: readonly string[]): void {
  const unknown = findUnknownKey(options, known);
  if (unknown === null) return;
  const { key, meant } = unknown;
  const advice =
    key === "messages"
      ? "Add the messages to the chat with `addMessages`."
      : meant === undefined
        ? "Remove it, or add the column to your schema."
        : `Did you mean "${meant}"?`;
  throw new ChatError(
    "CONFIGURATION",
    `A chat has no option "${key}", and ${db.names.chat} has no such column. ${advice}`,
  );
}
