import { randomUUID } from "node:crypto";

import { createTestDatabase } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { migrateDatabase } from "../../scripts/lib/migrate-database.ts";
import { startPostgresServer } from "../../test/support/databases/start-postgres-server.ts";
import { openClient } from "../../test/support/databases/open-client.ts";

export type BenchDatabaseName = "sqlite" | "postgresql";

export interface BenchDatabase {
  readonly name: BenchDatabaseName;
  readonly prisma: PrismaClient;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Opens an empty database: a SQLite file, or a PostgreSQL server that does not wait for the disk. */
export async function openBenchDatabase(name: BenchDatabaseName): Promise<BenchDatabase> {
  if (name === "sqlite") {
    const database = await createTestDatabase(({ url }) => openClient(url));
    return { name, ...database };
  }
  const server = await startPostgresServer();
  await migrateDatabase(server.url);
  const prisma = openClient(server.url);
  return {
    name,
    url: server.url,
    prisma,
    close: async () => {
      await prisma.$disconnect();
      await server.stop();
    },
  };
}

/** Creates a chat with this many messages, which alternate between questions and answers. */
export async function createLongChat(prisma: PrismaClient, messages: number): Promise<string> {
  const chat = await prisma.llmChat.create({ data: { model: "m", lastPosition: messages } });
  const start = Date.now() - messages * 1000;
  const rows = Array.from({ length: messages }, (_, index) => ({
    id: randomUUID(),
    chatId: chat.id,
    role: index % 2 === 0 ? "user" : "assistant",
    content: `Message ${index}. `.repeat(12),
    parts: index % 2 === 0 ? null : '[["text",1]]',
    position: index + 1,
    createdAt: new Date(start + index * 1000),
  }));
  for (const [index, row] of rows.entries())
    Object.assign(row, { parentId: rows[index - 1]?.id ?? null });
  for (let first = 0; first < rows.length; first += 1_000)
    await prisma.llmMessage.createMany({ data: rows.slice(first, first + 1_000) });
  return chat.id;
}
