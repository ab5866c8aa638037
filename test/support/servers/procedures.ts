/** What the inputs of the procedures name. */
export interface InputIds {
  readonly chatId: string;
  readonly messageId: string;
  readonly toolCallId: string;
  readonly attachmentId: string;
}

interface ProcedureCase {
  readonly kind: "query" | "mutation" | "subscription";
  /** An input that the procedure accepts. */
  readonly input: (ids: InputIds) => { readonly [field: string]: unknown };
  /** All fields of the input. */
  readonly fields: readonly string[];
  /** What the input names that belongs to somebody. */
  readonly names: "chat" | "message" | "attachment" | null;
}

/** Every procedure of a chat router. A test compares the names with those of the router. */
export const procedures: Readonly<Record<string, ProcedureCase>> = {
  create: {
    kind: "mutation",
    input: () => ({ title: "New" }),
    fields: ["model", "instructions", "temperature", "title", "metadata"],
    names: null,
  },
  list: {
    kind: "query",
    input: () => ({}),
    fields: ["cursor", "direction", "limit", "search"],
    names: null,
  },
  get: { kind: "query", input: ({ chatId }) => ({ chatId }), fields: ["chatId"], names: "chat" },
  update: {
    kind: "mutation",
    input: ({ chatId }) => ({ chatId, title: "New" }),
    fields: ["chatId", "title", "model", "instructions", "temperature", "metadata"],
    names: "chat",
  },
  delete: {
    kind: "mutation",
    input: ({ chatId }) => ({ chatId }),
    fields: ["chatId"],
    names: "chat",
  },
  messages: {
    kind: "query",
    input: ({ chatId }) => ({ chatId }),
    fields: ["chatId", "cursor", "direction", "limit"],
    names: "chat",
  },
  send: {
    kind: "mutation",
    input: ({ chatId }) => ({ chatId, content: "Hi" }),
    fields: ["chatId", "newChat", "content", "id", "parentId", "attachments", "model"],
    names: "chat",
  },
  regenerate: {
    kind: "mutation",
    input: ({ messageId }) => ({ messageId }),
    fields: ["messageId", "model"],
    names: "message",
  },
  selectBranch: {
    kind: "mutation",
    input: ({ messageId }) => ({ messageId }),
    fields: ["messageId"],
    names: "message",
  },
  stream: {
    kind: "subscription",
    input: ({ messageId }) => ({ messageId }),
    fields: ["messageId", "lastEventId"],
    names: "message",
  },
  watch: {
    kind: "subscription",
    input: ({ chatId }) => ({ chatId }),
    fields: ["chatId", "lastEventId"],
    names: "chat",
  },
  stop: {
    kind: "mutation",
    input: ({ messageId }) => ({ messageId }),
    fields: ["messageId"],
    names: "message",
  },
  respondToTool: {
    kind: "mutation",
    input: ({ messageId, toolCallId }) => ({ messageId, toolCallId, approved: true }),
    fields: ["messageId", "toolCallId", "approved", "reason", "output"],
    names: "message",
  },
  attachment: {
    kind: "query",
    input: ({ attachmentId }) => ({ attachmentId }),
    fields: ["attachmentId"],
    names: "attachment",
  },
  stats: { kind: "query", input: ({ chatId }) => ({ chatId }), fields: ["chatId"], names: "chat" },
  usage: {
    kind: "query",
    input: () => ({ groupBy: "day" }),
    fields: ["from", "to", "groupBy"],
    names: null,
  },
  models: { kind: "query", input: () => ({}), fields: [], names: null },
};
