import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createLLM } from "@node-llm/core";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { PrismaClient as PostgresqlClient } from "../../generated/postgresql/client.ts";
import { PrismaClient } from "../../generated/sqlite/client.ts";
import { startChatServer } from "../support/servers/start-chat-server.ts";
import { describeDatabases } from "../support/databases/describe-databases.ts";
import { failureOf } from "../support/failure-of.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "node-llm-trpc-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const llm = createLLM({ provider: createScriptedProvider("Hi") });

it("says that the database has to be migrated", async () => {
  await writeFile(join(folder, "empty.db"), "");
  const prisma = new PrismaClient({
    adapter: new PrismaBetterSqlite3({ url: `file:${join(folder, "empty.db")}` }),
  });
  const client = (await startChatServer(prisma, llm)).client("u1");
  const calls = [
    () => client.chat.create.mutate({}),
    () => client.chat.send.mutate({ newChat: {}, content: "Hi" }),
    () => client.chat.list.query({}),
  ];
  for (const call of calls) {
    await expect(call()).rejects.toThrow(/not up to date.*npx prisma migrate deploy/s);
  }
  await prisma.$disconnect();
});

it("says that a database cannot be opened, without revealing its address", async () => {
  const sqlite = new PrismaClient({
    adapter: new PrismaBetterSqlite3({ url: `file:${join(folder, "missing", "chat.db")}` }),
  });
  const postgres = new PostgresqlClient({
    adapter: new PrismaPg({ connectionString: "postgresql://me:secret@127.0.0.1:1/none" }),
  });
  // Both clients come from one schema. Their types differ only in names that no test uses.
  for (const prisma of [sqlite, postgres as unknown as PrismaClient]) {
    const client = (await startChatServer(prisma, llm)).client("u1");
    const calls = [
      () => client.chat.list.query({}),
      () => client.chat.send.mutate({ newChat: {}, content: "Hi" }),
      // Reads the chat with a statement of its own.
      () => client.chat.send.mutate({ chatId: "chat", content: "Hi" }),
    ];
    for (const call of calls) {
      const error = await failureOf(call());
      expect(String(error)).toMatch(/database cannot be reached.*DATABASE_URL/s);
      expect(String(error)).not.toMatch(/secret|missing/);
    }
    await prisma.$disconnect();
  }
});

describeDatabases((_name, open) => {
  it("says that the server is not set up when the provider has no key, and writes nothing", async () => {
    vi.stubEnv("OPENAI_API_KEY", "");
    vi.stubEnv("NODELLM_PROVIDER", "");
    const { prisma } = await open();
    const server = await startChatServer(prisma, createLLM(), { models: ["gpt-4o"] });
    const client = server.client("u1");
    const chat = await client.chat.create.mutate({});
    await expect(client.chat.send.mutate({ chatId: chat.id, content: "Hi" })).rejects.toThrow(
      /not set up correctly on the server/,
    );
    expect(await prisma.llmMessage.count()).toBe(0);
  });
});
