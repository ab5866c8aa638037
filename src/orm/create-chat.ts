import type { NodeLLMCore } from "@node-llm/core";
import { LLMError } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import { readChat } from "./messages/read-chat.ts";
import { Chat } from "./chat.ts";
import type { CreateChatOptions } from "./chat-settings.ts";
import { splitOptions } from "./chat-settings.ts";
import { Database } from "./database/database.ts";
import type { PrismaClientLike } from "./database/prisma-client-like.ts";
import { resolveLLM } from "./provider/resolve-llm.ts";
import { checkStorable } from "./database/storable-text.ts";

/**
 * Starts a chat: one row. Options that are columns of the chat's model go into the row (`model`,
 * `instructions`, `metadata`, an app's own `userId`); the others stay with the returned object.
 *
 * @throws ChatError `CONFIGURATION` when a model of `tableNames` is not in the Prisma client, `BAD_REQUEST` for a
 * text with a NUL character.
 */
export async function createChat(
  prisma: PrismaClientLike,
  llm: NodeLLMCore,
  options: CreateChatOptions = {},
): Promise<Chat> {
  const db = Database.open(prisma, options.tableNames);
  const { columns } = splitOptions(options);
  const provider = options.provider ?? providerName(llm, options.model ?? null);
  const { temperature } = options;
  for (const [name, value] of Object.entries(columns)) checkTexts(`\`${name}\``, value);
  const data = db.pick("chat", {
    ...columns,
    temperature,
    ...(provider === null ? {} : { provider }),
  });
  const row = await db.write(() => db.chat.create({ data }));
  return new Chat(db, llm, row, options);
}

/**
 * Opens a chat that exists; its history is read from the database with each question.
 *
 * @throws ChatError `NOT_FOUND` when there is no such chat.
 */
export async function loadChat(
  prisma: PrismaClientLike,
  llm: NodeLLMCore,
  id: string,
  options: CreateChatOptions = {},
): Promise<Chat> {
  const db = Database.open(prisma, options.tableNames);
  return new Chat(db, llm, await readChat(db, id), options);
}

/** The texts of a column, also those in JSON. */
function checkTexts(name: string, value: unknown): void {
  if (typeof value === "string") checkStorable(name, value);
  else if (typeof value === "object" && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      checkStorable(name, key);
      checkTexts(name, entry);
    }
  }
}

/** A chat can be created before its provider is configured: the first question then says what is missing. */
function providerName(llm: NodeLLMCore, model: string | null): string | null {
  if (llm.provider !== undefined) return llm.provider.id;
  try {
    return resolveLLM(llm, model).provider?.id ?? null;
  } catch (error) {
    if (error instanceof ChatError || error instanceof LLMError) return null;
    throw error;
  }
}
