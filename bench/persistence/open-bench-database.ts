import { randomUUID } from "node:crypto";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";

import { createTestDatabase } from "node-llm-trpc/testing";
import { PrismaClient as PostgresqlClient } from "../../generated/postgresql/client.ts";
import { PrismaClient } from "../../generated/sqlite/client.ts";
import { migrateDatabase } from "../../scripts/lib/migrate-database.ts";
import { startPostgresServer } from "../../test/support/postgres-server.ts";

export type BenchDatabaseName = "sqlite" | "postgresql";

export interface BenchDatabase {
  readonly name: BenchDatabaseName;
  readonly prisma: PrismaClient;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** An empty database: a SQLite file, or a PostgreSQL server that does not wait for the disk. */
export async function openDatabase(name: BenchDatabaseName): Promise<BenchDatabase> {
  if (name === "sqlite") {
    const database = await createTestDatabase(
      ({ url }) => new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) }),
    );
    return { name, ...database };
  }
  const server = await startPostgresServer();
  await migrateDatabase(server.url);
  const client = new PostgresqlClient({
    adapter: new PrismaPg({ connectionString: server.url }),
  });
  return {
    name,
    url: server.url,
    // Both clients come from one schema; their types differ in names that are not used here.
    prisma: client as unknown as PrismaClient,
    close: async () => {
      await client.$disconnect();
      await server.stop();
    },
  };
}

/** A chat with so many messages, question and answer in turn. */
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
