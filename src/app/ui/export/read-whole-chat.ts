import type { ChatMessage, Page } from "node-llm-trpc/react";
import type { ChatReader } from "../app/app-types.ts";
import type { ExportedChat } from "./export-chat.ts";

/** Reads a chat with all messages of its active branch, page by page. Rejects if a page fails to load. */
export async function readWholeChat(client: ChatReader, chatId: string): Promise<ExportedChat> {
  const { title, model, instructions } = await client.get.query({ chatId });
  let messages: readonly ChatMessage[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<ChatMessage> = await client.messages.query({ chatId, limit: 200, cursor });
    messages = [...page.items, ...messages];
    cursor = page.nextCursor;
  } while (cursor !== null);
  return { title: title ?? "New chat", model, instructions, messages };
}
