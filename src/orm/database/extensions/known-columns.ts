import type { TableRole } from "../client/table-names.ts";
import type { Database } from "../database.ts";
import type { Row } from "../client/prisma-client-like.ts";
import { ledgerColumns } from "../schema-features.ts";
import { marker } from "./catch.ts";

/** The texts of each model, which an extension may encrypt. */
export const texts: { readonly [Role in TableRole]?: readonly string[] } = {
  chat: ["instructions", "title"],
  message: ["content", "contentRaw", "thinkingText", "parts", "object", "metadata"],
  toolCall: ["arguments", "result", "thought", "output", "progress"],
  chunk: ["text"],
};

/** What this package looks for in the rows of each model, with values that they may have. */
const keys: { readonly [Role in TableRole]: Row } = {
  chat: { id: marker, lastPosition: 1 },
  message: {
    id: marker,
    chatId: marker,
    role: "user",
    parentId: marker,
    position: 1,
    active: true,
    status: "complete",
    turnLock: marker,
  },
  toolCall: {
    id: marker,
    messageId: marker,
    toolCallId: marker,
    position: 1,
    step: 1,
    status: "complete",
  },
  request: { id: marker, chatId: marker, messageId: marker, inputTokens: 1, outputTokens: 1 },
  chunk: { messageId: marker, seq: 1, kind: "text", at: 1, toolCallId: marker },
  usage: { id: marker, scope: marker, chatId: marker, inputTokens: 1, outputTokens: 1 },
  usageDay: {},
  account: { id: marker, scope: marker, answers: 1, call: "" },
  agentSession: { id: marker, agentClass: marker, chatId: marker },
  attachment: { id: marker, chatId: marker, messageId: marker, size: 1, isStored: false },
  storedFile: { key: marker, attachmentId: marker },
};

/** What this package reads besides them. */
const others: { readonly [Role in TableRole]: readonly string[] } = {
  chat: ["model", "provider", "metadata", "createdAt", "updatedAt", "userId", "temperature"],
  message: [
    "reasoning",
    "thinkingSignature",
    "thinkingTokens",
    "inputTokens",
    "outputTokens",
    "cachedTokens",
    "cost",
    "modelId",
    "provider",
    "createdAt",
    "errorCode",
    "finishReason",
    "stopRequestedAt",
    "finishedAt",
    "finishDueAt",
  ],
  toolCall: ["name", "thoughtSignature", "createdAt", "finishedAt"],
  request: [
    "provider",
    "model",
    "statusCode",
    "duration",
    "cachedTokens",
    "cost",
    "errorCode",
    "createdAt",
  ],
  chunk: ["timeoutMs"],
  usage: ledgerColumns.usage,
  usageDay: ledgerColumns.usageDay,
  account: ledgerColumns.account,
  agentSession: ["metadata", "createdAt", "updatedAt"],
  attachment: ["name", "mediaType", "data", "createdAt"],
  storedFile: ["createdAt"],
};

/**
 * Whether an extension may give the column of a model another value when it is read: an app's own, or a text that it
 * has changed on the way to the database.
 */
export function mayCompute(role: TableRole, column: string, changing: ChangedColumns): boolean {
  if (changing.get(role)?.has(column) === true) return true;
  return !(column in keys[role] || [texts[role] ?? [], others[role]].flat().includes(column));
}

/** The columns of each model whose values are changed on the way to the database. */
export type ChangedColumns = ReadonlyMap<TableRole, ReadonlySet<string>>;

/** The values of a write: what is looked for in the rows of a model, and its texts. */
export function rowOf(db: Database, role: TableRole) {
  const columns = (texts[role] ?? []).filter((column) => db.has(role, column));
  const known = Object.entries(keys[role]).filter(([column]) => db.has(role, column));
  return { columns, known, row: { ...Object.fromEntries(known), ...textsOf(columns) } };
}

/** A column whose value is a date that cannot be stored, in case that an extension sends the row by another way. */
export const unstorable = "createdAt";

function textsOf(columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, `${marker} ${column}`]));
}
