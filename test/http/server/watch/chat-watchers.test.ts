import { randomUUID } from "node:crypto";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { createLLM } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import { createMemoryHub } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { connected, connectHub } from "../../../support/servers/connect-hub.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { RedisServer } from "../../../support/servers/redis-server.ts";
import type { ChatWatch } from "../../../support/clients/watch-chat.ts";
import { watchChat } from "../../../support/clients/watch-chat.ts";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Client = Parameters<typeof watchChat>[0];
function watch(client: Client, input: Parameters<typeof watchChat>[1]): ChatWatch {
  const tab = watchChat(client, input);
  closing.push(() => tab.stop());
  return tab;
}

const told = (tab: ChatWatch): string[] =>
  tab.notices.map(({ notice }) =>
    "messageId" in notice ? `${notice.type} ${notice.messageId}` : notice.type,
  );

describeDatabases((_name, open) => {
  it("tells a watcher what happens in its chat", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider([["One", { hold: true }], ["Two"], [{ hold: true }]]);
    const server = await startChatServer(prisma, createLLM({ provider }));
    const client = server.client("u1");
    const chat = await client.chat.create.mutate({ title: "First" });
    const chatId = chat.id;
    const tab = watch(client, { chatId });
    await expect.poll(() => told(tab)).toEqual(["state"]);
    expect(tab.notices[0]?.notice).toEqual({ type: "state", chat, newestId: null });

    const one = await client.chat.send.mutate({ chatId, content: "Hi" });
    const created = [`created ${one.userMessage.id}`, `created ${one.assistantMessage.id}`, "chat"];
    await expect.poll(() => told(tab).slice(1)).toEqual(created);
    expect(tab.notices.at(-1)?.notice).toMatchObject({
      chat: { activeMessageId: one.assistantMessage.id },
    });
    provider.release();
    const finished = `finished ${one.assistantMessage.id}`;
    await expect.poll(() => told(tab).slice(4)).toEqual([finished]);

    const two = await client.chat.regenerate.mutate({ messageId: one.assistantMessage.id });
    await readStream(client, { messageId: two.assistantMessage.id });
    // The answer may end before the database is read. Then the notice of the chat comes last.
    await expect
      .poll(() => told(tab).slice(5).toSorted())
      .toEqual([
        "chat",
        `created ${two.assistantMessage.id}`,
        `finished ${two.assistantMessage.id}`,
      ]);

    let count = tab.notices.length;
    await client.chat.selectBranch.mutate({ messageId: one.assistantMessage.id });
    const updated = [`updated ${one.assistantMessage.id}`, "chat"];
    await expect.poll(() => told(tab).slice(count)).toEqual(updated);

    count = tab.notices.length;
    await client.chat.update.mutate({ chatId, title: "Renamed" });
    await expect.poll(() => told(tab).slice(count)).toEqual(["chat"]);
    expect(tab.notices.at(-1)?.notice).toMatchObject({ chat: { title: "Renamed" } });

    const three = await client.chat.send.mutate({ chatId, content: "Again" });
    const messageId = three.assistantMessage.id;
    await provider.waitForHold();
    await client.chat.stop.mutate({ messageId });
    await expect.poll(() => told(tab).at(-1)).toBe(`deleted ${messageId}`);

    await client.chat.delete.mutate({ chatId });
    await expect.poll(() => told(tab).at(-1)).toBe("chatDeleted");
    await expect.poll(() => tab.end()).toBe("complete");
  });

  it("resumes with nothing, with what was missed, or with the state", async () => {
    const { prisma } = await open();
    const provider = createScriptedProvider("Fine.");
    const server = await startChatServer(prisma, createLLM({ provider }));
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const first = watch(client, { chatId });
    await expect.poll(() => told(first)).toEqual(["state"]);
    first.stop();
    const lastEventId = first.notices[0]?.id ?? "";

    const same = watch(client, { chatId, lastEventId });
    const { userMessage, assistantMessage } = await client.chat.send.mutate({
      chatId,
      content: "Hi",
    });
    await readStream(client, { messageId: assistantMessage.id });
    await expect.poll(() => told(same).join()).toContain(`finished ${assistantMessage.id}`);
    expect(told(same)).not.toContain("state");

    const missed = watch(client, { chatId, lastEventId });
    await expect
      .poll(() => told(missed))
      .toEqual([
        `created ${userMessage.id}`,
        `created ${assistantMessage.id}`,
        `finished ${assistantMessage.id}`,
        "chat",
      ]);
    // An id from the middle brings all of them again. That is harmless: they only say what to load.
    expect(missed.notices[0]?.id).toBe(lastEventId);
    const newest = missed.notices.at(-1)?.id ?? "";
    const unknown = watch(client, { chatId, lastEventId: "nonsense" });
    await expect.poll(() => told(unknown)).toEqual(["state"]);
    expect(unknown.notices[0]?.id).toBe(newest);
    const quiet = watch(client, { chatId, lastEventId: newest });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(told(quiet)).toEqual([]);
  });

  it("learns what other instances change, soon from the database and at once through Redis", async () => {
    const database = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const redis = await RedisServer.start();
    closing.push(() => redis.stop());
    const hubs = [connectHub(redis), connectHub(redis)];
    await connected(...hubs);
    for (const [one, two] of [[createMemoryHub(), createMemoryHub()], hubs]) {
      const here = await startChatServer(database.connect(), llm, { hub: one });
      const there = await startChatServer(database.connect(), llm, { hub: two });
      const { id: chatId } = await here.client("u1").chat.create.mutate({});
      const tab = watch(there.client("u1"), { chatId });
      await expect.poll(() => told(tab)).toEqual(["state"]);
      await here.client("u1").chat.update.mutate({ chatId, title: "Renamed" });
      await expect.poll(() => told(tab)).toEqual(["state", "chat"]);
      const sent = await here.client("u1").chat.send.mutate({ chatId, content: "Hi" });
      const finished = `finished ${sent.assistantMessage.id}`;
      await expect.poll(() => told(tab)).toContain(finished);
      await here.client("u1").chat.delete.mutate({ chatId });
      await expect.poll(() => told(tab).at(-1)).toBe("chatDeleted");
    }
  });

  it("reports within ten seconds that the process of an answer has died", async () => {
    const { prisma } = await open();
    const server = await startChatServer(
      prisma,
      createLLM({ provider: createScriptedProvider("Fine.") }),
    );
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const dead = await openTurn(prisma, chatId, { secondsAgo: 5, text: ["Half"] });
    const tab = watch(client, { chatId });
    await expect.poll(() => told(tab)).toEqual(["state", `finished ${dead}`]);
  });

  it("refuses to watch a chat outside the caller's scope", async () => {
    const { prisma } = await open();
    const server = await startChatServer(
      prisma,
      createLLM({ provider: createScriptedProvider("Fine.") }),
    );
    const { id } = await server.client("u1").chat.create.mutate({});
    const strange = watch(server.client("u2"), { chatId: id });
    const missing = watch(server.client("u2"), { chatId: randomUUID() });
    await expect.poll(() => strange.end()).toContain("There is no such chat");
    await expect.poll(() => missing.end()).toBe(strange.end());
    expect(strange.notices).toEqual([]);
  });

  it("does not reveal whether a message outside the scope exists, whatever event id a client sends", async () => {
    const { prisma } = await open();
    const llm = createLLM({ provider: createScriptedProvider("Fine.") });
    const server = await startChatServer(prisma, llm);
    const [mine, theirs] = [server.client("u1"), server.client("u2")];
    const other = await theirs.chat.create.mutate({});
    const sent = await theirs.chat.send.mutate({ chatId: other.id, content: "Hi" });
    const { id: chatId } = await mine.chat.create.mutate({});
    const answers: string[] = [];
    for (const id of [sent.assistantMessage.id, randomUUID()]) {
      const tab = watch(mine, { chatId, lastEventId: `0.0..${id}.` });
      await expect.poll(() => told(tab).at(-1)).toBe("chat");
      answers.push(told(tab).join().replaceAll(id, "id"));
    }
    expect(answers[0]).toBe(answers[1]);
  });
});

describeDatabases(
  (_name, open) => {
    it("polls the database once for all watched chats, and not at all when nobody watches", async () => {
      const { url } = await open();
      const prisma = new PrismaClient({
        adapter: new PrismaBetterSqlite3({ url }),
        log: [{ emit: "event", level: "query" }],
      });
      closing.push(() => prisma.$disconnect());
      let statements = 0;
      prisma.$on("query", () => statements++);
      const server = await startChatServer(
        prisma,
        createLLM({ provider: createScriptedProvider("Fine.") }),
      );
      const client = server.client("u1");
      const { id: firstId } = await client.chat.create.mutate({});
      const first = watch(client, { chatId: firstId });
      const tabs: ChatWatch[] = [first];
      for (let index = 0; index < 5; index++) {
        const { id: chatId } = await client.chat.create.mutate({});
        tabs.push(watch(client, { chatId }), watch(client, { chatId }));
      }
      await expect.poll(() => tabs.every((tab) => told(tab).length === 1)).toBe(true);
      const count = async (): Promise<number> => {
        const before = statements;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return statements - before;
      };
      // Two statements per poll, not per watcher, and now and then one that checks who may watch.
      expect(await count()).toBeLessThanOrEqual(9);
      // An app may write messages with its own positions.
      await prisma.llmMessage.create({
        data: { chatId: firstId, role: "user", content: "Imported", position: 9 },
      });
      await prisma.llmChat.update({ where: { id: firstId }, data: { updatedAt: new Date() } });
      await expect.poll(() => told(first).at(-1)).toBe("chat");
      expect(await count()).toBeLessThanOrEqual(9);
      for (const tab of tabs) tab.stop();
      // Their places are given back after a second.
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      expect(await count()).toBe(0);
    });
  },
  ["sqlite"],
);
