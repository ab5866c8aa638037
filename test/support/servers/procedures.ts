/** What the inputs of the procedures name. */
export interface InputIds {
  readonly chatId: string;
  readonly messageId: string;
  readonly toolCallId: string;
}

interface ProcedureCase {
  readonly kind: "query" | "mutation" | "subscription";
  /** An input that the procedure accepts. */
  readonly input: (ids: InputIds) => { readonly [field: string]: unknown };
  /** What the input names that belongs to somebody. */
  readonly names: "chat" | "message" | null;
}

/** Every procedure of a chat router. A test compares the names with those of the router. */
export const procedures: Readonly<Record<string, ProcedureCase>> = {
  create: { kind: "mutation", input: () => ({ title: "New" }), names: null },
  list: { kind: "query", input: () => ({}), names: null },
  get: { kind: "query", input: ({ chatId }) => ({ chatId }), names: "chat" },
  update: { kind: "mutation", input: ({ chatId }) => ({ chatId, title: "New" }), names: "chat" },
  delete: { kind: "mutation", input: ({ chatId }) => ({ chatId }), names: "chat" },
  messages: { kind: "query", input: ({ chatId }) => ({ chatId }), names: "chat" },
  send: { kind: "mutation", input: ({ chatId }) => ({ chatId, content: "Hi" }), names: "chat" },
  regenerate: { kind: "mutation", input: ({ messageId }) => ({ messageId }), names: "message" },
  selectBranch: { kind: "mutation", input: ({ messageId }) => ({ messageId }), names: "message" },
  stream: { kind: "subscription", input: ({ messageId }) => ({ messageId }), names: "message" },
  watch: { kind: "subscription", input: ({ chatId }) => ({ chatId }), names: "chat" },
  stop: { kind: "mutation", input: ({ messageId }) => ({ messageId }), names: "message" },
  respondToTool: {
    kind: "mutation",
    input: ({ messageId, toolCallId }) => ({ messageId, toolCallId, approved: true }),
    names: "message",
  },
  stats: { kind: "query", input: ({ chatId }) => ({ chatId }), names: "chat" },
  usage: { kind: "query", input: () => ({ groupBy: "day" }), names: null },
  models: { kind: "query", input: () => ({}), names: null },
};
