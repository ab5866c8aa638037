import { stat } from "node:fs/promises";

import { openBenchDatabase } from "./open-bench-database.ts";

const chars = 16_000;
const saves = 160; // One every 250 ms at 400 characters per second.
const piece = "x".repeat(chars / saves);

/** Measures how much SQLite's write-ahead log grows during one answer, in bytes, for each way of saving it. */
export async function measureLogGrowth(): Promise<ReadonlyMap<string, number>> {
  const database = await openBenchDatabase("sqlite");
  const { prisma, url } = database;
  const chat = await prisma.llmChat.create({ data: {} });
  const path = `${url.replace("file:", "")}-wal`;
  /** Includes what every turn writes: the question, the empty answer and the request. */
  const growth = async (save: (id: string) => Promise<void>): Promise<number> => {
    await prisma.$queryRawUnsafe("PRAGMA wal_autocheckpoint = 0");
    await prisma.$queryRawUnsafe("PRAGMA wal_checkpoint(TRUNCATE)");
    const chatId = chat.id;
    await prisma.llmMessage.create({ data: { chatId, role: "user", content: "A question" } });
    const { id } = await prisma.llmMessage.create({ data: { chatId, role: "assistant" } });
    await save(id);
    const counts = { statusCode: 200, duration: 1, inputTokens: 1, outputTokens: 1 };
    await prisma.llmRequest.create({
      data: { chatId, messageId: id, provider: "p", model: "m", ...counts },
    });
    return (await stat(path)).size;
  };
  const fold = `UPDATE "LlmMessage" SET "content"=(SELECT group_concat("text",'') FROM (SELECT "text" FROM "LlmMessageChunk" WHERE "messageId"="LlmMessage"."id" ORDER BY "seq")) WHERE "id"=?`;
  try {
    return new Map([
      [
        "one write at the end (the peer)",
        await growth(async (id) => {
          await prisma.llmMessage.update({
            where: { id },
            data: { content: piece.repeat(saves) },
          });
        }),
      ],
      [
        "the whole text every 250 ms",
        await growth(async (id) => {
          for (let save = 1; save <= saves; save++) {
            await prisma.$executeRawUnsafe(
              `UPDATE "LlmMessage" SET "content"=? WHERE "id"=?`,
              piece.repeat(save),
              id,
            );
          }
        }),
      ],
      [
        "appended in place (content = content || ?)",
        await growth(async (id) => {
          for (let save = 0; save < saves; save++) {
            await prisma.$executeRawUnsafe(
              `UPDATE "LlmMessage" SET "content"=COALESCE("content",'')||? WHERE "id"=?`,
              piece,
              id,
            );
          }
        }),
      ],
      [
        "rows of chunks, joined at the end (ours)",
        await growth(async (id) => {
          for (let seq = 0; seq < saves; seq++) {
            await prisma.$executeRawUnsafe(
              `INSERT INTO "LlmMessageChunk"("messageId","seq","kind","text","at")VALUES(?,?,?,?,?)`,
              id,
              seq,
              "text",
              piece,
              seq * 250,
            );
          }
          await prisma.$transaction([
            prisma.$executeRawUnsafe(fold, id),
            prisma.llmMessageChunk.deleteMany({ where: { messageId: id } }),
          ]);
        }),
      ],
    ]);
  } finally {
    await database.close();
  }
}
