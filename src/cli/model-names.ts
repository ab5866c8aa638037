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

export function roleOf(names: ModelNames, model: string): ModelRole | null {
  return modelRoles.find((role) => names[role] === model) ?? null;
}

/** The options that repeat the names that are not the default ones, as they are typed. */
export function nameArguments(names: ModelNames): string {
  return modelRoles
    .filter((role) => names[role] !== defaultModelNames[role])
    .map((role) => ` --${nameOptions[role]} ${names[role]}`)
    .join("");
}
