import { createLLM } from "@node-llm/core";

import type { ScriptedProvider, Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import type { ChatServer } from "./start-chat-server.ts";
import { startChatServer } from "./start-chat-server.ts";

export interface ScriptedChat {
  readonly provider: ScriptedProvider;
  readonly client: ReturnType<ChatServer["client"]>;
  readonly chatId: string;
}

/** Starts a user's new chat on one instance. Its model answers as the scripts say. */
export async function startScriptedChat(
  prisma: PrismaClient,
  scripts: Scripts,
): Promise<ScriptedChat> {
  const provider = createScriptedProvider(scripts);
  const client = (await startChatServer(prisma, createLLM({ provider }))).client("u1");
  const { id: chatId } = await client.chat.create.mutate({});
  return { provider, client, chatId };
}
