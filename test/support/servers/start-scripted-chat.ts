import { createLLM } from "@node-llm/core";

import type { SendMessageOutput } from "node-llm-trpc/react";
import type { ScriptedProvider, Scripts } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { TestDatabase } from "../databases/describe-databases.ts";
import type { AppRouterOptions } from "./create-app-router.ts";
import type { ChatServer } from "./start-chat-server.ts";
import { startChatServer } from "./start-chat-server.ts";

type Client = ReturnType<ChatServer["client"]>;

export interface ScriptedChat {
  readonly provider: ScriptedProvider;
  readonly client: Client;
  readonly chatId: string;
  readonly send: (content: string) => Promise<SendMessageOutput>;
  /** Starts another instance of the app, and returns the same user's client there. */
  readonly startOther: () => Promise<Client>;
}

/** Starts a user's new chat on one instance. Its model answers as the scripts say. */
export async function startScriptedChat(
  database: TestDatabase,
  scripts: Scripts,
  options: AppRouterOptions = {},
): Promise<ScriptedChat> {
  const provider = createScriptedProvider(scripts);
  const llm = createLLM({ provider });
  const start = async (prisma: TestDatabase["prisma"]): Promise<Client> =>
    (await startChatServer(prisma, llm, options)).client("u1");
  const client = await start(database.prisma);
  const { id: chatId } = await client.chat.create.mutate({});
  return {
    provider,
    client,
    chatId,
    send: (content) => client.chat.send.mutate({ chatId, content }),
    startOther: () => start(database.connect()),
  };
}
