/** The names of the models in your Prisma schema, as the schema or the client spells them. */
export interface TableNames {
  /**
   * The model of a chat.
   *
   * @default "LlmChat"
   */
  readonly chat?: string | undefined;
  /**
   * The model of a message.
   *
   * @default "LlmMessage"
   */
  readonly message?: string | undefined;
  /**
   * The model of a tool call.
   *
   * @default "LlmToolCall"
   */
  readonly toolCall?: string | undefined;
  /**
   * The model of a call of the provider.
   *
   * @default "LlmRequest"
   */
  readonly request?: string | undefined;
  /**
   * The model of the log of an answer in progress.
   *
   * @default the name of the message model followed by `Chunk`, such as "LlmMessageChunk"
   */
  readonly chunk?: string | undefined;
  /**
   * The model of the ledger.
   *
   * @default "LlmUsage"
   */
  readonly usage?: string | undefined;
  /**
   * The model of the ledger's sums.
   *
   * @default "LlmUsageDay"
   */
  readonly usageDay?: string | undefined;
  /**
   * The model of what scopes use of their limits.
   *
   * @default "LlmAccount"
   */
  readonly account?: string | undefined;
  /**
   * The model of an agent's session. Only `createAgentSession` needs it.
   *
   * @default "LlmAgentSession"
   */
  readonly agentSession?: string | undefined;
  /**
   * The model of a file of a message.
   *
   * @default "LlmAttachment"
   */
  readonly attachment?: string | undefined;
  /**
   * The model of a file in the app's storage.
   *
   * @default "LlmStoredFile"
   */
  readonly storedFile?: string | undefined;
}

/** What a model is for. */
export type TableRole = keyof TableNames;

/** The name of every model. */
export type ModelNames = { readonly [Role in TableRole]-?: string };

/** Fills in the default names. */
export function modelNames(given: TableNames): ModelNames {
  const message = given.message ?? "LlmMessage";
  return {
    chat: given.chat ?? "LlmChat",
    message,
    toolCall: given.toolCall ?? "LlmToolCall",
    request: given.request ?? "LlmRequest",
    // The log refers to the message model, so a fixed default would not fit a renamed one.
    chunk: given.chunk ?? `${message}Chunk`,
    usage: given.usage ?? "LlmUsage",
    usageDay: given.usageDay ?? "LlmUsageDay",
    account: given.account ?? "LlmAccount",
    agentSession: given.agentSession ?? "LlmAgentSession",
    attachment: given.attachment ?? "LlmAttachment",
    storedFile: given.storedFile ?? "LlmStoredFile",
  };
}

/** The models that may be missing, unless they are named. */
export const namedRoles = [
  "toolCall",
  "request",
  "chunk",
  "usage",
  "usageDay",
  "account",
  "agentSession",
  "attachment",
  "storedFile",
] as const;

/** What each model is for. */
export const allRoles: readonly TableRole[] = ["chat", "message", ...namedRoles];
