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
  /** Other inputs that it accepts, which name something, too: what they do, and the input. */
  readonly others?: { readonly [what: string]: ProcedureCase["input"] };
  /** Inputs that it accepts without naming anything. */
  readonly own?: readonly { readonly [field: string]: unknown }[];
  /** All fields of the input. */
  readonly fields: readonly string[];
  /** The fields of its fields that are objects, or lists of objects. */
  readonly nested?: { readonly [field: string]: readonly string[] };
  /** What the input names that belongs to somebody. */
  readonly names: "chat" | "message" | "attachment" | null;
}

const createFields = ["model", "instructions", "temperature", "title", "metadata"];

/** Every procedure of a chat router. A test compares the names with those of the router. */
export const procedures: Readonly<Record<string, ProcedureCase>> = {
  create: {
    kind: "mutation",
    input: () => ({ title: "New" }),
    fields: createFields,
    names: null,
  },
  list: {
    kind: "query",
    input: () => ({}),
    own: [{ search: "answer" }],
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
    others: {
      "below a message": ({ chatId, messageId }) => ({
        chatId,
        content: "Hi",
        parentId: messageId,
      }),
      "with a file": ({ chatId, attachmentId }) => ({
        chatId,
        content: "Hi",
        attachments: [{ id: attachmentId }],
      }),
      "a new chat below a message": ({ messageId }) => ({
        newChat: {},
        content: "Hi",
        parentId: messageId,
      }),
      "a new chat with a file": ({ attachmentId }) => ({
        newChat: {},
        content: "Hi",
        attachments: [{ id: attachmentId }],
      }),
    },
    own: [
      { newChat: {}, content: "Hi" },
      { newChat: { title: "New", metadata: { a: [1] } }, content: "Pick it" },
    ],
    fields: ["chatId", "newChat", "content", "id", "parentId", "attachments", "model", "metadata"],
    nested: { newChat: createFields, attachments: ["id", "name", "mediaType", "size", "url"] },
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
    others: {
      "with a denial": ({ messageId, toolCallId }) => ({
        messageId,
        toolCallId,
        approved: false,
        reason: "No",
      }),
      "with an output": ({ messageId, toolCallId }) => ({
        messageId,
        toolCallId,
        output: { picked: ["a"] },
      }),
    },
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

/** All inputs that a procedure accepts. */
export function validInputs(
  { input, others = {}, own = [] }: ProcedureCase,
  ids: InputIds,
): ReturnType<ProcedureCase["input"]>[] {
  return [input(ids), ...Object.values(others).map((other) => other(ids)), ...own];
}
