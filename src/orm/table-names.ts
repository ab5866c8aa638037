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
  /** `LlmMessageChunk` by default. */
  readonly chunk?: string | undefined;
}

export type TableRole = keyof TableNames;

export const defaultTableNames: Required<{ [Role in TableRole]: string }> = {
  chat: "LlmChat",
  message: "LlmMessage",
  toolCall: "LlmToolCall",
  request: "LlmRequest",
  chunk: "LlmMessageChunk",
};
