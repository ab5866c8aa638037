import { randomUUID } from "node:crypto";

import type { PrismaClient } from "../../generated/sqlite/client.ts";

/** Stores a finished chat with the given number of turns. Resolves to its id. */
export async function seedChat(db: PrismaClient, turns: number): Promise<string> {
  const chatId = randomUUID();
  await db.llmChat.create({
    data: { id: chatId, title: `A chat of ${turns} turns`, lastPosition: turns * 2 },
  });
  let parentId: string | null = null;
  const data = [];
  for (let turn = 1; turn <= turns; turn++) {
    for (const role of ["user", "assistant"] as const) {
      const id: string = randomUUID();
      const content =
        role === "user"
          ? `Question ${turn}`
          : `Answer ${turn}. ${"It has some words. ".repeat(20)}`;
      data.push({ id, chatId, role, content, parentId, position: data.length + 1 });
      parentId = id;
    }
  }
  await db.llmMessage.createMany({ data });
  return chatId;
}
