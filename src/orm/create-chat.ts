import type { NodeLLMCore } from "@node-llm/core";
import { LLMError } from "@node-llm/core";
import { ChatError } from "../chat/chat-error.ts";
import { readChat } from "./messages/read-chat.ts";
import { Chat } from "./chat.ts";
import type { CreateChatOptions } from "./chat-settings.ts";
import { checkOptions, columnOptions } from "./chat-settings.ts";
import { Database } from "./database/database.ts";
import { readyDatabase } from "./database/extensions/ready-database.ts";
import type { PrismaClientLike } from "./database/client/prisma-client-like.ts";
import { readContext, replay } from "./provider/history.ts";
import { llmAtProvider, resolveLLM } from "./provider/resolve-llm.ts";
import { checkStorable } from "../chat/storable-text.ts";

/**
 * Creates a chat, which is one row.
 *
 * @param prisma your generated Prisma client.
 * @param llm the LLM to ask, from NodeLLM's `createLLM`. When it has no provider, `NODELLM_PROVIDER` or the model
 * decides.
 * @param options options that are columns of the chat's model are stored in the row: `model`, `instructions`,
 * `metadata`, `temperature` and columns of your own, such as `userId`. The others apply to the returned object only.
 * @throws ChatError `CONFIGURATION` when an option is unknown or the Prisma client lacks a
 * model, or `BAD_REQUEST` when a text contains NUL.
 *
 * @example
 * ```ts
 * import { createLLM } from "@node-llm/core";
 * import { createChat } from "node-llm-trpc/orm";
 *
 * const llm = createLLM({ provider: "openai" });
 * const chat = await createChat(prisma, llm, { model: "gpt-4o", instructions: "Be brief.", userId: user.id });
 * const message = await chat.ask("What is the capital of France?");
 * ```
 */
export async function createChat(
  prisma: PrismaClientLike,
  llm: NodeLLMCore,
  options: CreateChatOptions = {},
): Promise<Chat> {
  const db = await openDatabase(prisma, options);
  const columns = columnOptions(options);
  const provider = options.provider ?? providerName(llm, options.model ?? null);
  if (options.provider !== undefined)
    llmAtProvider(llm, { name: options.provider, isStored: false });
  const { temperature } = options;
  for (const [name, value] of Object.entries(columns)) checkTexts(`\`${name}\``, value);
  const data = db.pick("chat", {
    ...columns,
    temperature,
    ...(provider === null ? {} : { provider }),
  });
  const row = await db.createChat(data);
  return new Chat(db, llm, row, options);
}

/**
 * Loads an existing chat. Its history is read now, for `history`, and again with each question. Pass `context` to
 * limit how much is read.
 *
 * @param prisma your generated Prisma client.
 * @param llm the LLM to ask.
 * @param id the chat's id.
 * @param options take precedence over what the row says, and are not stored.
 * @throws ChatError `NOT_FOUND` when there is no such chat, or `CONFIGURATION` when an option is unknown or the
 * Prisma client lacks a model.
 *
 * @example
 * ```ts
 * const chat = await loadChat(prisma, llm, chatId);
 * for await (const chunk of chat.askStream("Go on")) process.stdout.write(chunk.content);
 * ```
 */
export async function loadChat(
  prisma: PrismaClientLike,
  llm: NodeLLMCore,
  id: string,
  options: CreateChatOptions = {},
): Promise<Chat> {
  const db = await openDatabase(prisma, options);
  const row = await readChat(db, id);
  const { rows, toolCalls } = await readContext(db, row, null, options.context ?? {});
  const provider = llm.provider?.id ?? row.provider ?? "";
  return new Chat(db, llm, row, options, replay(rows, toolCalls, provider));
}

/** @throws ChatError `CONFIGURATION` when an option is unknown, or the Prisma client lacks a model. */
async function openDatabase(
  prisma: PrismaClientLike,
  options: CreateChatOptions,
): Promise<Database> {
  const db = Database.open(prisma, options.tableNames);
  checkOptions(db, options);
  const { requests = true, toolCalls = true } = options.persistence ?? {};
  if (toolCalls) db.requireModel("toolCall");
  if (requests) db.requireModel("request");
  await readyDatabase(db);
  return db;
}

/** Checks the texts of a column, including those inside JSON. */
function checkTexts(name: string, value: unknown): void {
  if (typeof value === "string") checkStorable(name, value);
  else if (typeof value === "object" && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      checkStorable(name, key);
      checkTexts(name, entry);
    }
  }
}

/** Null when no provider is configured yet. A chat can still be created; its first question says what is missing. */
function providerName(llm: NodeLLMCore, model: string | null): string | null {
  if (llm.provider !== undefined) return llm.provider.id;
  try {
    return resolveLLM(llm, model).provider?.id ?? null;
  } catch (error) {
    if (error instanceof ChatError || error instanceof LLMError) return null;
    throw error;
  }
}
