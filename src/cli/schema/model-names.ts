/** What each model is for. The roles are the keys of the library's `tableNames` option. */
export const modelRoles = [
  "chat",
  "message",
  "toolCall",
  "request",
  "chunk",
  "usage",
  "usageDay",
  "account",
  "attachment",
  "storedFile",
] as const;

export type ModelRole = (typeof modelRoles)[number];

export type SchemaModelNames = { readonly [Role in ModelRole]: string };

export const defaultModelNames: SchemaModelNames = {
  chat: "LlmChat",
  message: "LlmMessage",
  toolCall: "LlmToolCall",
  request: "LlmRequest",
  chunk: "LlmMessageChunk",
  usage: "LlmUsage",
  usageDay: "LlmUsageDay",
  account: "LlmAccount",
  attachment: "LlmAttachment",
  storedFile: "LlmStoredFile",
};

/** The command-line option that renames each model. */
export const nameOptions: SchemaModelNames = {
  chat: "chat",
  message: "message",
  toolCall: "tool-call",
  request: "request",
  chunk: "chunk",
  usage: "usage",
  usageDay: "usage-day",
  account: "account",
  attachment: "attachment",
  storedFile: "stored-file",
};

/** Fills in the default names. The chunk model is named after the message model. */
export function completeNames(given: Partial<SchemaModelNames>): SchemaModelNames {
  const message = given.message ?? defaultModelNames.message;
  return { ...defaultModelNames, chunk: `${message}Chunk`, ...given };
}

/** Finds the role of the model with this name, or null. */
export function roleOf(names: SchemaModelNames, model: string): ModelRole | null {
  return modelRoles.find((role) => names[role] === model) ?? null;
}
