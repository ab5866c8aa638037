import { createLLM } from "@node-llm/core";
import { beforeAll, describe, expect, it } from "vitest";

import { loadChat } from "node-llm-trpc/orm";
import type { ChatMessage } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { Database } from "../../src/orm/database/database.ts";
import { placeMessages } from "../../src/orm/messages/place-messages.ts";
import { describeMigrated } from "../support/databases/describe-databases.ts";
import { ownerStatements } from "../support/databases/owner-statements.ts";
import type { OldDatabase } from "../support/databases/open-old-database.ts";
import { openOldDatabase } from "../support/databases/open-old-database.ts";
import { oldTranscript } from "../support/databases/old-transcript.ts";
import type { OldChat } from "../support/databases/write-old-chat.ts";
import { writeOldChat } from "../support/databases/write-old-chat.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { createAppRouter } from "../support/servers/create-app-router.ts";
import { unlimited } from "../support/servers/unlimited.ts";

const chatCount = 300;
/** Of these, so many are first opened by the router. */
const routerCount = 60;

describe("chats that @node-llm/orm 0.8.0 has written", () => {
  describeMigrated((name) => {
    const random = new SeededRandom("old chats");
    const chats: OldChat[] = [];
    let database: OldDatabase;
    let prisma: PrismaClient;

    beforeAll(async () => {
      database = await openOldDatabase(name);
      for (let index = 0; index < chatCount; index++)
        chats.push(await writeOldChat(database.old, random, index, columnsOf(index)));
      // Prisma 5 kept dates as integers on SQLite.
      if (name === "sqlite")
        await database.execute(`UPDATE "LlmMessage" SET "createdAt" =
          CAST(strftime('%s', "createdAt") AS INTEGER) * 1000 + CAST(substr("createdAt", 21, 3) AS INTEGER)
          WHERE "chatId" IN (SELECT "id" FROM "LlmChat" ORDER BY "createdAt" LIMIT 150)`);
      prisma = await database.migrate();
      for (const statement of await ownerStatements()) await database.execute(statement);
      return () => database.close();
    }, 120_000);

    const chatOf = (index: number): OldChat => {
      const chat = chats[index];
      if (chat === undefined) throw new Error(`There is no old chat ${index}.`);
      return chat;
    };

    /** One chat knows its owner, who is not that of the others. */
    const columnsOf = (index: number) =>
      index === chatCount - 1 ? { metadata: { userId: "u2" } } : {};

    const start = (script: string) => {
      const provider = createScriptedProvider(script);
      const llm = createLLM({ provider });
      const router = createAppRouter(prisma, llm, { limits: unlimited });
      const { chat: caller } = router.createCaller({ userId: "u1" });
      /** Waits until an answer has ended. */
      const answered = (id: string): Promise<void> =>
        expect
          .poll(() => prisma.llmMessage.findFirst({ where: { id } }))
          .toMatchObject({ status: "complete" });
      return { provider, llm, caller, answered };
    };

    it("have their messages in the order of writing, before and after they are placed", async () => {
      const { llm } = start("Fine.");
      const wrong: string[] = [];
      for (const [index, { id, messages }] of chats.slice(routerCount).entries()) {
        const chat = await loadChat(prisma, llm, id);
        const read = async (): Promise<string> =>
          (await chat.messages()).map((row) => row.id).join();
        const expected = messages.map((message) => message.id).join();
        if ((await read()) !== expected) wrong.push(`${index} before`);
        if (index % 2 === 0) await placeMessages(Database.open(prisma), id);
        if ((await read()) !== expected) wrong.push(`${index} after`);
      }
      expect(wrong).toEqual([]);
    });

    it(
      "are sent to the provider as they were written, and continue",
      { timeout: 60_000 },
      async () => {
        const { provider, llm } = start("Fine.");
        for (const [index, old] of chats.slice(routerCount).entries()) {
          const limits = index % 3 === 0 ? { context: { maxMessages: 1_000 } } : {};
          const chat = await loadChat(prisma, llm, old.id, limits);
          await chat.ask(`Last question ${index}`);
          const request = provider.requests.at(-1);
          expect(request?.messages).toEqual([
            ...oldTranscript(old.messages),
            { role: "user", content: `Last question ${index}` },
          ]);
          const ids = (await chat.messages()).map((row) => row.id);
          expect(ids.slice(0, -2)).toEqual(old.messages.map((message) => message.id));
        }
      },
    );

    it("have the owners that the documented statements give them", async () => {
      const owners = await prisma.llmChat.groupBy({ by: ["userId"], _count: true });
      expect(Object.fromEntries(owners.map((owner) => [owner.userId, owner._count]))).toEqual({
        u1: chatCount - 1,
        u2: 1,
      });
    });

    const routerChats = Array.from({ length: routerCount }, (_, index) => index);

    it("have titles in the list, which keeps its order", async () => {
      const { caller } = start("Fine.");
      const list = async () => {
        const { items } = await caller.list({ limit: 100 });
        return items.map(({ id, title }) => ({ id, title }));
      };
      const before = await prisma.llmChat.findMany({
        where: { userId: "u1" },
        orderBy: [{ updatedAt: "desc" }, { id: "desc" }],
        take: 100,
      });
      const titles = new Map(chats.map(({ id }, index) => [id, `Question 1 of chat ${index}`]));
      const expected = before.map(({ id }) => ({ id, title: titles.get(id) }));
      expect(await list()).toEqual(expected);
      expect(await list()).toEqual(expected);
      const stored = await prisma.llmChat.findFirst({ where: { id: before[0]?.id ?? "" } });
      expect(stored).toMatchObject({ title: expected[0]?.title, updatedAt: before[0]?.updatedAt });
    });

    it("are shown in pages, with arguments as objects and calls of dead processes ended", async () => {
      const { caller } = start("Fine.");
      for (const index of routerChats.filter((one) => one % 4 === 0)) {
        const { id: chatId, messages } = chatOf(index);
        const shown: ChatMessage[] = [];
        for (let cursor: string | undefined; ;) {
          const page = await caller.messages({
            chatId,
            limit: 3,
            ...(cursor === undefined ? {} : { cursor }),
          });
          shown.unshift(...page.items);
          if (page.nextCursor === null) break;
          cursor = page.nextCursor;
        }
        expect(shown).toMatchObject(
          messages.map((message, place) => ({
            id: message.id,
            parentId: messages[place - 1]?.id ?? null,
            status: "complete",
            siblings: { index: 0, count: 1 },
            toolCalls: message.calls.map(({ id, city, result }) => ({
              toolCallId: id,
              arguments: { city },
              result,
              status: result === null ? "error" : "complete",
            })),
          })),
        );
      }
    });

    it("give another answer to an old question", async () => {
      const { provider, caller, answered } = start("Another answer.");
      for (const index of routerChats.filter((one) => one % 4 === 1)) {
        const { id: chatId, messages } = chatOf(index);
        const place = messages.findIndex(({ role }) => role === "assistant");
        const answer = messages[place];
        if (answer === undefined) continue;
        const { assistantMessage } = await caller.regenerate({ messageId: answer.id });
        await answered(assistantMessage.id);
        const before = messages.slice(0, place);
        expect(provider.requests.at(-1)?.messages).toEqual(oldTranscript(before));
        const { items } = await caller.messages({ chatId });
        expect(items.map(({ id }) => id)).toEqual([
          ...before.map(({ id }) => id),
          assistantMessage.id,
        ]);
        expect(items.at(-1)).toMatchObject({ siblingIds: [answer.id, assistantMessage.id] });
        // The old branch is as it was.
        await caller.selectBranch({ messageId: answer.id });
        const branch = await caller.messages({ chatId, limit: 100 });
        expect(branch.items.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
      }
    });

    it("take an edited question in the place of an old one", async () => {
      const { provider, caller, answered } = start("To the edited question.");
      for (const index of routerChats.filter((one) => one % 4 === 2)) {
        const { id: chatId, messages } = chatOf(index);
        const place = messages.findLastIndex(({ role }) => role === "user");
        const { items } = await caller.messages({ chatId, limit: 100 });
        const sent = await caller.send({
          chatId,
          content: "Edited",
          parentId: items[place]?.parentId ?? null,
        });
        await answered(sent.assistantMessage.id);
        expect(provider.requests.at(-1)?.messages).toEqual([
          ...oldTranscript(messages.slice(0, place)),
          { role: "user", content: "Edited" },
        ]);
        expect(sent.userMessage.siblings).toEqual({ index: 1, count: 2 });
      }
    });

    it("branch off after an old answer, and go on at the end", async () => {
      const { provider, caller, answered } = start("Fine.");
      for (const index of routerChats.filter((one) => one % 4 === 3)) {
        const { id: chatId, messages } = chatOf(index);
        const place = messages.findIndex(({ role }) => role === "assistant");
        const answer = messages[place];
        const continued = await caller.send({ chatId, content: "Go on" });
        await answered(continued.assistantMessage.id);
        expect(provider.requests.at(-1)?.messages).toEqual([
          ...oldTranscript(messages),
          { role: "user", content: "Go on" },
        ]);
        if (answer === undefined) continue;
        const branched = await caller.send({ chatId, content: "Elsewhere", parentId: answer.id });
        await answered(branched.assistantMessage.id);
        expect(provider.requests.at(-1)?.messages).toEqual([
          ...oldTranscript(messages.slice(0, place + 1)),
          { role: "user", content: "Elsewhere" },
        ]);
      }
    });
  });
});
