/** What the models are for; the keys of the library's `tableNames`. */
export const modelRoles = ["chat", "message", "toolCall", "request", "chunk"] as const;

export type ModelRole = (typeof modelRoles)[number];

export type ModelNames = { readonly [Role in ModelRole]: string };

export const defaultModelNames: ModelNames = {
  chat: "LlmChat",
  message: "LlmMessage",
  toolCall: "LlmToolCall",
  request: "LlmRequest",
  chunk: "LlmMessageChunk",
};

/** The command line option that renames a model. */
export const nameOptions: ModelNames = {
  chat: "chat",
  message: "message",
  toolCall: "tool-call",
  request: "request",
  chunk: "chunk",
};

/** The names with the defaults filled in. The pieces of an answer are named after the message model. */
export function completeNames(given: Partial<ModelNames>): ModelNames {
  const message = given.message ?? defaultModelNames.message;
  return { ...defaultModelNames, chunk: `${message}Chunk`, ...given };
}

/** What a model is for; null when it is none of the named ones. */
export function roleOf(names: ModelNames, model: string): ModelRole | null {
  return modelRoles.find((role) => names[role] === model) ?? null;
}

/** The options that repeat the names that are not the default ones, as they are typed. */
export function nameArguments(names: ModelNames): string {
  const { message } = names;
  const defaults = { ...completeNames({ message }), message: defaultModelNames.message };
  return modelRoles
    .filter((role) => names[role] !== defaults[role])
    .map((role) => ` --${nameOptions[role]} ${names[role]}`)
    .join("");
}
