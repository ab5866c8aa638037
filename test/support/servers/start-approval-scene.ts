import type { ToolDefinition } from "@node-llm/core";
import { createLLM } from "@node-llm/core";

import type { ChatMessage, ChatRouterOptions } from "node-llm-trpc/server";
import type { ScriptedProvider, ScriptStep } from "node-llm-trpc/testing";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { ChatServer } from "./start-chat-server.ts";
import type { ReceivedEvent } from "../clients/read-stream.ts";
import { startChatServer } from "./start-chat-server.ts";
import type { TestDatabase } from "../databases/describe-databases.ts";
import { tool } from "../providers/tool.ts";

type Options = Partial<Omit<ChatRouterOptions<{ userId: string }>, "llm" | "prisma">>;
type Client = ReturnType<ChatServer["client"]>;

export interface ApprovalScene {
  readonly provider: ScriptedProvider;
  /** The arguments of each run of the tool. */
  readonly runs: readonly string[];
  /** The same user on two instances, and another user. */
  readonly one: Client;
  readonly two: Client;
  readonly stranger: Client;
  readonly chatId: string;
  /** The answer that asks for the tool. */
  readonly messageId: string;
  readonly send: (content: string) => Promise<{ assistantMessage: ChatMessage }>;
  readonly newest: () => Promise<ChatMessage | undefined>;
}

/** Starts a chat on two instances. Its answer calls the tool `remove`, which needs approval. */
export async function startApprovalScene(
  database: TestDatabase,
  scripts: readonly (readonly ScriptStep[])[],
  options: Options = {},
): Promise<ApprovalScene> {
  const provider = createScriptedProvider(scripts);
  const llm = createLLM({ provider });
  const runs: string[] = [];
  const remove = tool("remove", async (args) => {
    runs.push(JSON.stringify(args));
    return "removed";
  });
  const tools: ToolDefinition[] = [remove, tool("look", async () => "a file")];
  const settings = { tools, needsApproval: ["remove"], ...options };
  const one = (await startChatServer(database.prisma, llm, settings)).client("u1");
  const server = await startChatServer(database.connect(), llm, settings);
  const two = server.client("u1");
  const chat = await one.chat.create.mutate({});
  const send = (content: string) => one.chat.send.mutate({ chatId: chat.id, content });
  const { assistantMessage } = await send("Remove it");
  const newest = async (): Promise<ChatMessage | undefined> =>
    (await one.chat.messages.query({ chatId: chat.id })).items.at(-1);
  const stranger = server.client("u2");
  const { id: messageId } = assistantMessage;
  return { provider, runs, one, two, stranger, chatId: chat.id, messageId, send, newest };
}

/** A step of a script that calls a tool. */
export const toolCallStep = (id: string, name: string) => ({
  toolCall: { id, name, arguments: { path: id } },
});

/** The message that a stream ended with, or null if it has not ended. */
export function endOfStream(events: readonly ReceivedEvent[]): ChatMessage | null {
  const event = events.at(-1)?.event;
  return event?.type === "done" ? event.message : null;
}
