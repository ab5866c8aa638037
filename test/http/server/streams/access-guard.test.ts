import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createScriptedProvider } from "node-llm-trpc/testing";
import { watchChat } from "../../../support/clients/watch-chat.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { readStream } from "../../../support/clients/read-stream.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";

describeDatabases((_name, open) => {
  it("ends open subscriptions of a chat that has left the scope, and sends nothing of its new owner", async () => {
    const database = await open();
    const provider = createScriptedProvider([
      ["Mine."],
      ["One ", { hold: true }, "two"],
      ["Ours."],
    ]);
    const llm = createLLM({ provider });
    const servers = [
      await startChatServer(database.prisma, llm),
      await startChatServer(database.connect(), llm),
    ];
    const [one, two] = servers.map((server) => server.client("u1"));
    const owner = servers[1]?.client("u2");
    if (one === undefined || two === undefined || owner === undefined)
      throw new Error("No instance was started.");
    const watched = (await one.chat.create.mutate({ title: "Watched" })).id;
    const first = await one.chat.send.mutate({ chatId: watched, content: "Hi" });
    await readStream(one, { messageId: first.assistantMessage.id });
    const streamed = (await one.chat.create.mutate({ title: "Streamed" })).id;
    const sent = await one.chat.send.mutate({ chatId: streamed, content: "Count" });
    const { id: messageId } = sent.assistantMessage;
    await provider.waitForHold();
    const watches = [one, two].map((client) => watchChat(client, { chatId: watched }));
    const streams = [one, two].map((client) => failureOf(readStream(client, { messageId })));
    for (const watch of watches) await expect.poll(() => watch.notices).toHaveLength(1);

    const chats = { id: { in: [watched, streamed] } };
    await database.prisma.llmChat.updateMany({ where: chats, data: { userId: "u2" } });
    await owner.chat.update.mutate({ chatId: watched, title: "Secret" });
    const theirs = await owner.chat.send.mutate({ chatId: watched, content: "A secret" });
    await readStream(owner, { messageId: theirs.assistantMessage.id });

    for (const watch of watches) {
      await expect.poll(() => watch.end()).toMatch(/There is no such chat/);
      expect(JSON.stringify(watch.notices)).not.toContain("Secret");
      expect(JSON.stringify(watch.notices)).not.toContain(theirs.userMessage.id);
      expect(JSON.stringify(watch.notices)).not.toContain(theirs.assistantMessage.id);
    }
    for (const stream of streams) {
      expect(await stream).toMatchObject({
        data: { code: "NOT_FOUND" },
        message: "There is no such message. It may have been deleted; reload the chat.",
      });
    }
    provider.release();
    // Nothing may write to a database that is removed.
    await expect
      .poll(() => database.prisma.llmMessage.count({ where: { turnLock: { not: null } } }))
      .toBe(0);
  });

  it("lets tRPC's client resume after the greatest age of a subscription, through the app's middlewares", async () => {
    const { prisma } = await open();
    const text = Array.from({ length: 120 }, (_, index) => `${index} `);
    const provider = createScriptedProvider([{ text, delayMs: 20 }]);
    const asked: string[] = [];
    const server = await startChatServer(prisma, createLLM({ provider }), {
      maxSubscriptionAge: 500,
      scope: ({ ctx }) => {
        asked.push(ctx.userId);
        return { userId: ctx.userId };
      },
    });
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const sent = await client.chat.send.mutate({ chatId, content: "Count" });
    asked.length = 0;
    const events = await readStream(client, { messageId: sent.assistantMessage.id });
    // A reader that resumes gets no text twice, and the rest.
    const pieces = events.map(({ event }) => (event.type === "text" ? event.text : ""));
    expect(events.filter(({ event }) => event.type === "snapshot")).toHaveLength(1);
    expect(text.join("")).toContain(pieces.join(""));
    expect(events.at(-1)?.event).toMatchObject({
      type: "done",
      message: { status: "complete", content: text.join("") },
    });
    expect(asked.length).toBeGreaterThanOrEqual(2);
  });

  it("opens no more subscriptions than a scope may have, on all instances together", async () => {
    const database = await open();
    const llm = createLLM({ provider: createScriptedProvider(["Fine."]) });
    const limits = { openSubscriptions: 3 };
    const servers = [
      await startChatServer(database.prisma, llm, { limits }),
      await startChatServer(database.connect(), llm, { limits }),
    ];
    const clients = servers.map((server) => server.client("u1"));
    const [one, two] = clients;
    if (one === undefined || two === undefined) throw new Error("No instance was started.");
    const { id: chatId } = await one.chat.create.mutate({});
    const watches = [one, two, one, two, one].map((client) => watchChat(client, { chatId }));
    const count = (end: RegExp) => watches.filter((watch) => end.test(watch.end())).length;
    await expect.poll(() => count(/limit of open streams \(3\)/)).toBe(2);
    await expect.poll(() => watches.filter(({ notices }) => notices.length > 0)).toHaveLength(3);
    // Another scope has places of its own.
    const other = servers[0]?.client("u2");
    const theirs = await other?.chat.create.mutate({});
    if (other === undefined || theirs === undefined) throw new Error("No instance was started.");
    const open4 = watchChat(other, { chatId: theirs.id });
    await expect.poll(() => open4.notices).toHaveLength(1);
    // A closed one makes room.
    watches.find(({ notices }) => notices.length > 0)?.stop();
    await expect
      .poll(async () => {
        const again = watchChat(two, { chatId });
        await expect.poll(() => again.notices.length + Number(again.end() !== "open")).toBe(1);
        const isOpen = again.notices.length === 1;
        again.stop();
        return isOpen;
      })
      .toBe(true);
    for (const watch of [...watches, open4]) watch.stop();
    // What is closed is given back.
    await expect
      .poll(() => database.prisma.llmAccount.findMany({ where: { subscriptions: { gt: 0 } } }))
      .toEqual([]);
  });

  it("ends the places of a process that is gone", async () => {
    const { prisma } = await open();
    const server = await startChatServer(
      prisma,
      createLLM({ provider: createScriptedProvider(["Fine."]) }),
      { limits: { openSubscriptions: 1 } },
    );
    const client = server.client("u1");
    const { id: chatId } = await client.chat.create.mutate({});
    const scope = '{"userId":"u1"}';
    await prisma.llmAccount.update({ where: { id: scope }, data: { subscriptions: 1 } });
    const hold = { id: "dead", scope, subscriptions: 1, expiresAt: Date.now() + 60_000 };
    await prisma.llmAccount.create({ data: hold });
    const refused = watchChat(client, { chatId });
    await expect.poll(() => refused.end()).toMatch(/limit of open streams \(1\)/);
    await prisma.llmAccount.update({ where: { id: "dead" }, data: { expiresAt: 1 } });
    const watch = watchChat(client, { chatId });
    await expect.poll(() => watch.notices).toHaveLength(1);
    expect(await prisma.llmAccount.findUnique({ where: { id: "dead" } })).toBeNull();
    watch.stop();
  });
});
