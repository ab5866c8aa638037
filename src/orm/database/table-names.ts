/** The names of the models in the Prisma schema. */
export interface TableNames {
  /** `LlmChat` by default. */
  readonly chat?: string | undefined;
  /** `LlmMessage` by default. */
  readonly message?: string | undefined;
  /** `LlmToolCall` by default. */
  readonly toolCall?: string | undefined;
  /** `LlmRequest` by default. */
  readonly request?: string | undefined;
  /** The name of the message model with `Chunk` behind it by default: `LlmMessageChunk`. */
  readonly chunk?: string | undefined;
}

export type TableRole = keyof TableNames;

/** The name of each model. */
export type ModelNames = { readonly [Role in TableRole]-?: string };

/** The names with the defaults filled in. */
export function modelNames(given: TableNames): ModelNames {
  const message = given.message ?? "LlmMessage";
  return {
    chat: given.chat ?? "LlmChat",
    message,
    toolCall: given.toolCall ?? "LlmToolCall",
    request: given.request ?? "LlmRequest",
    // Derived: pieces of an answer refer to the message model, so a default of their own would not fit it.
    chunk: given.chunk ?? `${message}Chunk`,
  };
}
