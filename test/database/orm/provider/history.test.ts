import { createLLM, ModelRegistry } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import { readContext } from "../../../../src/orm/provider/history.ts";
import { ChatService } from "../../../../src/server/chat-service.ts";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";

/** Creates a chat whose messages have 10 tokens each. */
async function createChat(prisma: PrismaClient, count: number): Promise<string> {
  const { id: chatId } = await prisma.llmChat.create({ data: { lastPosition: count } });
  await prisma.llmMessage.createMany({
    data: Array.from({ length: count }, (_, index) => ({
      chatId,
      role: index % 2 === 0 ? "user" : "assistant",
      content: `${index}`.padEnd(40, "."),
      parts: index % 2 === 0 ? null : '[["text",40]]',
      position: index + 1,
    })),
  });
  return chatId;
}

describeDatabases((_name, open) => {
  it("reads no more of a long chat than the limit of tokens allows", async () => {
    const statements: string[] = [];
    const watched = watchStatements(await open(), (sql) => void statements.push(sql));
    const db = Database.open(watched.prisma);
    const chatId = await createChat(watched.prisma, 2_001);
    const read = async (maxTokens: number | "unlimited") => {
      statements.length = 0;
      const { rows } = await readContext(db, { id: chatId }, null, { maxTokens });
      return rows.map((row) => Number.parseInt(row.content ?? "", 10));
    };
    expect(await read(45)).toEqual([1998, 1999, 2000]);
    const limited = statements.length;
    expect(await read(1_500)).toEqual(Array.from({ length: 149 }, (_, index) => 1852 + index));
    expect(statements.length).toBeLessThanOrEqual(limited + 2);
    for (const sql of statements) expect(sql).toMatch(/LIMIT|position. IS NULL/);
    // It begins with a question.
    expect(await read(30)).toEqual([1998, 1999, 2000]);
    expect(await read(1)).toEqual([2000]);
    expect(await read(1_000_000)).toHaveLength(2_001);
    expect(await read("unlimited")).toHaveLength(2_001);
    await watched.close();
  });

  it("in the router, sends what fits into the model's context window, unless the app sets a limit", async () => {
    const { prisma } = await open();
    const [known] = ModelRegistry.all();
    if (known === undefined) throw new Error("NodeLLM knows no models.");
    ModelRegistry.save({
      ...known,
      id: "small-model",
      provider: "scripted",
      context_window: 10_000,
      max_output_tokens: 100,
    });
    const provider = createScriptedProvider(["Fine."], { repeatLast: true });
    const llm = createLLM({ provider });
    const count = async (context?: { maxTokens: number | "unlimited" }) => {
      const service = new ChatService<null>({
        prisma,
        llm,
        scope: "everyone",
        models: ["small-model"],
        ...(context === undefined ? {} : { context }),
      });
      const chatId = await createChat(prisma, 1_000);
      const caller = service.caller(null);
      const sent = await service.send(caller, { chatId, content: "?" });
      const stream = service.stream(
        caller,
        { messageId: sent.assistantMessage.id },
        new AbortController().signal,
      );
      for await (const _ of stream);
      return provider.requests.at(-1)?.messages.length ?? 0;
    };
    // 4,096 tokens are left for the answer, and a tenth of the rest stays free.
    const fitting = await count();
    expect(fitting).toBeGreaterThan(500);
    expect(fitting).toBeLessThanOrEqual(532);
    expect(await count({ maxTokens: 100 })).toBeLessThanOrEqual(11);
    expect(await count({ maxTokens: "unlimited" })).toBe(1_001);
  });
});
