import { createLLM } from "@node-llm/core";

import type { AnswerFailure, ChatMessage } from "node-llm-trpc/server";
import type { Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { TestDatabase } from "../databases/describe-databases.ts";
import type { AppRouterOptions } from "./create-app-router.ts";
import { startChatServer } from "./start-chat-server.ts";

/**
 * A chat on two instances that share only the database, with a model that plays the scripts.
 *
 * @param options those of both instances, and below those of the first alone.
 */
export async function startToolScene(
  database: TestDatabase,
  scripts: Scripts,
  options: AppRouterOptions,
  ofOne: AppRouterOptions = {},
) {
  const provider = createScriptedProvider(scripts);
  const llm = createLLM({ provider });
  const failures: AnswerFailure[] = [];
  const settings = { ...options, onError: (failure: AnswerFailure) => failures.push(failure) };
  const one = (await startChatServer(database.prisma, llm, { ...settings, ...ofOne })).client("u1");
  const two = (await startChatServer(database.connect(), llm, settings)).client("u1");
  const { id: chatId } = await one.chat.create.mutate({});
  const send = async (content = "Go", to = chatId): Promise<string> =>
    (await one.chat.send.mutate({ chatId: to, content })).assistantMessage.id;
  /** The answer as an instance reads it from the database. */
  const read = async (
    messageId: string,
    client = two,
    from = chatId,
  ): Promise<ChatMessage | undefined> =>
    (await client.chat.messages.query({ chatId: from })).items.find(({ id }) => id === messageId);
  return { provider, failures, one, two, chatId, send, read };
}
