import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { ChatService } from "../../../../src/server/chat-service.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { describeSchema } from "../../../support/databases/describe-schema.ts";
import { extendedModels, mapModels } from "../../../support/databases/specification-models.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";
import { everyone } from "../../../support/servers/everyone.ts";

interface Seed {
  readonly title?: string;
  readonly userId?: string;
  readonly texts?: readonly string[];
  readonly updatedAt?: Date;
}

/** Stores a chat whose texts alternate between questions and answers. */
async function seed(prisma: PrismaClient, { title, userId = "u1", texts = [], updatedAt }: Seed) {
  const id = randomUUID();
  await prisma.llmChat.create({
    data: { id, userId, title: title ?? "Untitled", ...(updatedAt && { updatedAt }) },
  });
  await prisma.llmMessage.createMany({
    data: texts.map((content, index) => ({
      chatId: id,
      role: index % 2 === 0 ? "user" : "assistant",
      content,
      position: index + 1,
    })),
  });
  return id;
}

describeDatabases((_name, open) => {
  async function start() {
    const { prisma } = await open();
    const provider = createScriptedProvider((_request, call) => `Answer ${call}`);
    const server = await startChatServer(prisma, createLLM({ provider }));
    const client = server.client("u1");
    const search = async (text: string, limit?: number) =>
      (await client.chat.list.query({ search: text, ...(limit && { limit }) })).items;
    return { prisma, client, search };
  }

  it("finds text in titles, questions and answers, only in the caller's scope", async () => {
    const { prisma, search } = await start();
    const byTitle = await seed(prisma, { title: "About herons", texts: ["Hi", "Herons fish."] });
    const byQuestion = await seed(prisma, { texts: ["What do HERONS eat?", "Fish."] });
    const byAnswer = await seed(prisma, { texts: ["Which bird?", "A grey\nheron stands there."] });
    await seed(prisma, { texts: ["Which bird?", "A stork."] });
    await seed(prisma, { userId: "u2", title: "Heron", texts: ["heron", "heron"] });
    const found = await search(" heron ");
    expect(found.map(({ id, match }) => [id, match])).toEqual([
      [byAnswer, "A grey heron stands there."],
      [byQuestion, "What do HERONS eat?"],
      [byTitle, undefined],
    ]);
    expect(await search("pelican")).toEqual([]);
  });

  it("takes wildcards and quotes literally", async () => {
    const { prisma, search } = await start();
    const percent = await seed(prisma, { title: "100% sure" });
    const underscore = await seed(prisma, { texts: ["snake_case", "yes"] });
    const odd = await seed(prisma, { texts: [`It's a "C:\\temp" path! Really`, "yes"] });
    const ids = async (text: string) => (await search(text)).map(({ id }) => id);
    expect(await ids("100%")).toEqual([percent]);
    expect(await ids("%")).toEqual([percent]);
    expect(await ids("_")).toEqual([underscore]);
    expect(await ids("e_c")).toEqual([underscore]);
    expect(await ids("snake%case")).toEqual([]);
    expect(await ids("it's A")).toEqual([odd]);
    expect(await ids(`"C:\\TEMP"`)).toEqual([odd]);
    expect(await ids("path!")).toEqual([odd]);
    expect(await ids("'; DROP TABLE")).toEqual([]);
    expect(await ids("path\0")).toEqual([]);
  });

  it("ignores case, also next to other characters", async () => {
    const { prisma, search } = await start();
    await seed(prisma, { texts: ["Ein Öl-HAFEN in Österreich", "ja"] });
    for (const text of ["öl-hafen", "Ö", "in österreich", "IN ÖSTERREICH", "ÖSTER"])
      expect(await search(text), text).toHaveLength(1);
  });

  it("finds letters of every script in lower case, in upper case and capitalised", async () => {
    const { prisma, search } = await start();
    const filler = "Etwas davor. ".repeat(9);
    await seed(prisma, { texts: [`${filler}Über Österreich`, "GRÜSSE"] });
    for (const text of ["über österreich", "ÜBER ÖSTERREICH", "Über Österreich", "übe", "grüsse"]) {
      const [chat, ...others] = await search(text);
      expect(others, text).toEqual([]);
      expect(chat?.match?.toLowerCase(), text).toContain(text.toLowerCase());
    }
    expect(await search("ÄPFEL")).toEqual([]);
  });

  it("pages through the results, including chats that changed in the same millisecond", async () => {
    const { prisma, client } = await start();
    const ids: string[] = [];
    for (let index = 0; index < 7; index++) {
      const updatedAt = new Date(Date.UTC(2026, 0, 1 + Math.floor(index / 3), 12, 0, 0, 123));
      const texts = ["a needle", "in hay"];
      ids.push(
        await seed(prisma, index % 2 === 0 ? { texts, updatedAt } : { title: "Needle", updatedAt }),
      );
      await seed(prisma, { texts: ["only", "hay"], updatedAt });
    }
    const found: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof client.chat.list.query>> = await client.chat.list.query(
        { search: "needle", limit: 2, cursor },
      );
      found.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      pages++;
    } while (cursor !== null);
    expect(pages).toBe(4);
    const inList = (await client.chat.list.query({ limit: 100 })).items.map(({ id }) => id);
    expect(found).toEqual(inList.filter((id) => ids.includes(id)));
  });

  it("reads a page with the same statements, however many chats match", async () => {
    const database = await open();
    for (let index = 0; index < 12; index++) {
      await seed(database.prisma, { texts: ["a needle", "a needle in hay"] });
    }
    const statements: string[] = [];
    const watched = watchStatements(database, (statement) => void statements.push(statement));
    const llm = createLLM({ provider: createScriptedProvider("") });
    const service = new ChatService<null>({ prisma: watched.prisma, llm, scope: "everyone" });
    const counts: number[] = [];
    for (const limit of [1, 10]) {
      statements.length = 0;
      const { items } = await service.list(everyone, { search: "needle", limit });
      expect(items).toHaveLength(limit);
      counts.push(statements.length);
    }
    await watched.close();
    const [few = 0, many] = counts;
    expect(many).toBe(few);
    expect(few).toBeLessThan(10);
  });

  it("shows an excerpt of the newest match, cut between words", async () => {
    const { prisma, search } = await start();
    const long = `${"before ".repeat(40)}the needle 🦊 is here ${"after ".repeat(40)}`;
    await seed(prisma, { texts: ["needle, an older one", long] });
    const [chat] = await search("NEEDLE");
    expect(chat?.match).toMatch(/^…before (before )+the needle 🦊 is here (after )+after…$/);
    expect(chat?.match?.length).toBeLessThan(150);
    await seed(prisma, {
      title: "No spaces",
      texts: [`${"字".repeat(300)}heron${"字".repeat(300)}`],
    });
    expect((await search("heron"))[0]?.match).toMatch(/^…字{20,40}heron字{60,100}…$/);
  });

  it("searches only the active branch", async () => {
    const { client, search } = await start();
    const { id: chatId } = await client.chat.create.mutate({ title: "Branches" });
    const send = async (content: string) => {
      const input = { chatId, content, parentId: null };
      const { assistantMessage } = await client.chat.send.mutate(input);
      await readStream(client, { messageId: assistantMessage.id });
      return assistantMessage.id;
    };
    const first = await send("About storks");
    await send("About herons");
    expect(await search("herons")).toHaveLength(1);
    expect(await search("storks")).toEqual([]);
    await client.chat.selectBranch.mutate({ messageId: first });
    expect(await search("herons")).toEqual([]);
    expect(await search("storks")).toHaveLength(1);
  });
});

describeSchema("renamed tables and columns", mapModels(extendedModels), (open) => {
  it("can be searched", async () => {
    const { prisma, model } = await open();
    const llm = createLLM({ provider: createScriptedProvider("") });
    const service = new ChatService<null>({ prisma, llm, scope: () => ({ userId: "u1" }) });
    const caller = service.caller(null);
    const { id: chatId } = await service.create(caller, { title: "Birds" });
    await model("LlmMessage").create({
      data: { chatId, role: "user", content: "About herons", position: 1 },
    });
    const { items } = await service.list(caller, { search: "heron" });
    expect(items).toMatchObject([{ id: chatId, match: "About herons" }]);
    const stranger = { ctx: null, scope: { userId: "u2" } };
    expect((await service.list(stranger, { search: "heron" })).items).toEqual([]);
  });
});
