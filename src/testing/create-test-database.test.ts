import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { expect, it } from "vitest";

import { PrismaClient } from "../../generated/sqlite/client.ts";
import { createTestDatabase } from "./create-test-database.ts";

const createClient = ({ url }: { readonly url: string }): PrismaClient =>
  new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) });

it("creates an empty database and deletes it on close", async () => {
  const database = await createTestDatabase(createClient);
  const { prisma, url } = database;
  await prisma.llmChat.create({
    data: { messages: { create: { role: "user", content: "Hello" } }, title: "One" },
  });
  expect(await prisma.llmChat.findMany({ include: { messages: true } })).toMatchObject([
    { title: "One", messages: [{ content: "Hello", status: "complete" }] },
  ]);
  await database.close();
  expect(existsSync(url.slice("file:".length))).toBe(false);
});

it("creates a separate database each time", async () => {
  const [one, two] = await Promise.all([
    createTestDatabase(createClient),
    createTestDatabase(createClient),
  ]);
  await one.prisma.llmChat.create({ data: {} });
  expect(await two.prisma.llmChat.count()).toBe(0);
  await one.close();
  await two.close();
});

it("applies the given migrations, and fails with the database's error", async () => {
  const migrations = await mkdtemp(join(tmpdir(), "migrations-"));
  const write = async (name: string, sql: string): Promise<void> => {
    await mkdir(join(migrations, name));
    await writeFile(join(migrations, name, "migration.sql"), sql);
  };
  await write("1_a", `-- CreateTable\nCREATE TABLE "A" ("t" TEXT DEFAULT 'a;b');\n\nSELECT 1;\n`);
  const { prisma, close } = await createTestDatabase(createClient, { migrations });
  expect(await prisma.$queryRawUnsafe(`SELECT count(*) AS "n" FROM "A"`)).toEqual([{ n: 0n }]);
  await close();

  await write("2_b", `CREATE TABLE "A" ("t" TEXT);`);
  await expect(createTestDatabase(createClient, { migrations })).rejects.toThrow("already exists");
  await rm(migrations, { recursive: true });
});
