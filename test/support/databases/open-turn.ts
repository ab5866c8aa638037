import { randomUUID } from "node:crypto";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";

/** Leaves a turn as a killed process leaves it, with both messages, the lock and the saved text. Returns the answer's id. */
export async function openTurn(
  prisma: PrismaClient,
  chatId: string,
  { secondsAgo, text }: { secondsAgo: number; text: readonly string[] },
): Promise<string> {
  const createdAt = new Date(Date.now() - secondsAgo * 1000);
  const userId = randomUUID();
  const id = randomUUID();
  await prisma.llmMessage.create({
    data: { id: userId, chatId, role: "user", content: "Are you alive?", position: 1, createdAt },
  });
  await prisma.llmMessage.create({
    data: {
      id,
      chatId,
      role: "assistant",
      parentId: userId,
      position: 2,
      status: "pending",
      turnLock: chatId,
      createdAt,
    },
  });
  await prisma.llmChat.update({ where: { id: chatId }, data: { lastPosition: 2 } });
  await prisma.llmMessageChunk.createMany({
    data: text.map((piece, seq) => ({
      messageId: id,
      seq,
      kind: "text",
      text: piece,
      at: (seq + 1) * 250,
    })),
  });
  return id;
}
