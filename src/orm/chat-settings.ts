import type { ChatOptions } from "@node-llm/core";
import type { ContextLimits } from "./provider/history.ts";
import type { Row } from "./database/prisma-client-like.ts";
import type { ChatRow } from "./database/rows.ts";
import type { TableNames } from "./database/table-names.ts";

/** Options of this package, besides those of core's `ChatOptions`. */
export interface PersistenceOptions {
  /** The model to ask. The LLM's default when it is left out. */
  model?: string | undefined;
  /** The system prompt, kept in the chat row. */
  instructions?: string | undefined;
  /** The provider's name, kept in the chat row. */
  provider?: string | undefined;
  /** Kept in the chat row. */
  metadata?: unknown;
  /** The names of the models in the Prisma schema. */
  tableNames?: TableNames | undefined;
  /** How much of the history the provider is to see; everything by default. */
  context?: ContextLimits | undefined;
  /** Milliseconds without a chunk after which a stream is ended as stalled; 60,000 by default. */
  idleTimeout?: number | undefined;
  /** Milliseconds after which a tool call is ended with an error as its result; 120,000 by default. */
  toolTimeout?: number | undefined;
  /** A tool's result is cut after so many characters, and says so; 100,000 by default. */
  maxToolResultChars?: number | undefined;
  /** What becomes of an answer that fails: `delete` it (default), or `keep` one that has text or tool results. */
  onFailure?: "delete" | "keep" | undefined;
}

/** A tool execution mode; core's enum, or its values. */
export type ToolExecution = "auto" | "confirm" | "dry-run";

export type OrmChatOptions = PersistenceOptions &
  Omit<ChatOptions, "messages" | "systemPrompt" | "provider" | "schema" | "toolExecution"> & {
    toolExecution?: ToolExecution | undefined;
    schema?: unknown;
  };

/** Options of `createChat`; other keys are columns of the chat row (`userId`, …). */
export type CreateChatOptions = OrmChatOptions & { readonly [column: string]: unknown };

const persistenceKeys = [
  "tableNames",
  "context",
  "idleTimeout",
  "toolTimeout",
  "maxToolResultChars",
  "onFailure",
] as const satisfies readonly (keyof PersistenceOptions)[];

/** The options of core's chat: neither this package's nor columns that core does not know. */
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

/** The temperature in a chat's row as an option; nothing for a row without one, so that none is sent. */
export function chatTemperature({ temperature }: Pick<ChatRow, "temperature">): {
  temperature?: number;
} {
  return temperature == null ? {} : { temperature };
}

/** Splits the options into those of core and the columns of the chat row. */
export function splitOptions(options: CreateChatOptions): { core: ChatOptions; columns: Row } {
  const ours = new Set<string>([...persistenceKeys, ...coreKeys, "schema"]);
  const core: Row = {};
  const columns: Row = {};
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if ((coreKeys as readonly string[]).includes(key)) core[key] = value;
    else if (!ours.has(key)) columns[key] = value;
  }
  return { core, columns };
}
