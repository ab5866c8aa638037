import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { afterEach, expect, it } from "vitest";

import type { ChatLimits } from "node-llm-trpc/server";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { readStream } from "../../../support/clients/read-stream.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { tool } from "../../../support/providers/tool.ts";
import { startChatServer } from "../../../support/servers/start-chat-server.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";

const refused = { data: { code: "TOO_MANY_REQUESTS", httpStatus: 429 } };

/** Two instances that share only the database. */
describeDatabases((_name, open) => {
  async function start(limits: Partial<ChatLimits>, userId = "u1") {
    const database = await open();
    const provider = createScriptedProvider([{ hold: true }, "Done."], { repeatLast: true });
    const llm = createLLM({ provider });
    const servers = [
      await startChatServer(database.prisma, llm, { limits }),
      await startChatServer(database.connect(), llm, { limits }),
    ];
    const clients = servers.map((server) => server.client(userId).chat);
    const pick = (index: number) => {
      const client = clients[index % clients.length];
      if (client === undefined) throw new Error("There is no instance.");
      return client;
    };
    const createChats = (count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, index) =>
          database.prisma.llmChat.create({ data: { userId, title: `Chat ${index}` } }),
        ),
      );
    /** Lets all answers end, because nothing may write to a database that is removed. */
    const finish = async () => {
      provider.release(1_000);
      await expect
        .poll(() => database.prisma.llmMessage.count({ where: { turnLock: { not: null } } }))
        .toBe(0);
    };
    closing.push(finish);
    return { ...database, provider, servers, pick, createChats };
  }
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const finish of closing.splice(0)) await finish();
  });

  it("of many answers at once, begins four, and writes nothing for the others", async () => {
    const { prisma, provider, servers, pick, createChats } = await start({});
    const chats = await createChats(12);
    const results = await Promise.allSettled(
      chats.map((chat, index) => pick(index).send.mutate({ chatId: chat.id, content: "Hi" })),
    );
    const sent = results.flatMap((result) =>
      result.status === "fulfilled" ? [result.value.assistantMessage.id] : [],
    );
    const reasons = results.flatMap((result) =>
      result.status === "rejected" ? [result.reason as unknown] : [],
    );
    expect(sent).toHaveLength(4);
    expect(reasons).toHaveLength(8);
    for (const reason of reasons) {
      expect(reason).toMatchObject({
        ...refused,
        message: expect.stringMatching(
          /^The limit of answers in progress \(4\) is reached\. .* send again\.$/,
        ),
      });
    }
    expect(await prisma.llmMessage.count()).toBe(8);
    // Another user has limits of its own.
    const theirs = servers[0]?.client("u2").chat;
    const chat = await theirs?.create.mutate({});
    await theirs?.send.mutate({ chatId: chat?.id ?? "", content: "Hi" });
    provider.release(20);
    await expect.poll(() => prisma.llmMessage.count({ where: { status: "complete" } })).toBe(10);
    // Each answer that has ended makes room.
    await expect
      .poll(() => prisma.llmAccount.findUnique({ where: { id: '{"userId":"u1"}' } }))
      .toMatchObject({ answers: 0 });
    for (const other of chats.slice(4, 8)) {
      await pick(0).send.mutate({ chatId: other.id, content: "Again" });
    }
  });

  it("makes room for the answers of processes that are gone, and of chats that the app deleted", async () => {
    const { prisma, pick, createChats } = await start({ answersAtOnce: 2 });
    const [first, second, third] = await createChats(3);
    const send = (chatId = "") => pick(0).send.mutate({ chatId, content: "Hi" });
    // What a process leaves behind that was killed a minute ago.
    const dead = await openTurn(prisma, first?.id ?? "", { secondsAgo: 60, text: ["Half of it"] });
    const scope = '{"userId":"u1"}';
    const call = {
      id: randomUUID(),
      kind: "answer",
      chatId: first?.id,
      messageId: dead,
      provider: "scripted",
      model: "scripted-model",
      inputTokens: 40,
    };
    await prisma.llmAccount.createMany({
      data: [
        { id: scope, scope, answers: 2, tokens: 7 },
        { id: dead, scope, answers: 1, tokens: 5, call: JSON.stringify(call) },
        // Its chat was deleted, and its process is gone: the first refusal finds it, a later one ends it.
        {
          id: randomUUID(),
          scope,
          answers: 1,
          tokens: 2,
          call: JSON.stringify({ ...call, id: "2" }),
        },
      ],
    });
    await send(second?.id);
    expect(await prisma.llmMessage.findUnique({ where: { id: dead } })).toMatchObject({
      status: "interrupted",
    });
    expect(await prisma.llmUsage.findMany()).toMatchObject([
      { id: call.id, messageId: dead, isEstimate: true, inputTokens: 40, outputTokens: 4 },
    ]);
    expect(await failureOf(send(third?.id))).toMatchObject(refused);
    await prisma.llmAccount.updateMany({ where: { expiresAt: { gt: 0 } }, data: { expiresAt: 1 } });
    await send(third?.id);
    expect(await prisma.llmUsage.count()).toBe(2);
    expect(await prisma.llmAccount.findUnique({ where: { id: scope } })).toMatchObject({
      answers: 2,
      tokens: 0,
    });
  });

  it("heals totals that are wrong because the app has deleted rows", async () => {
    const { prisma, pick, createChats } = await start({ answersAtOnce: 1 });
    const [chat] = await createChats(1);
    const scope = '{"userId":"u1"}';
    await prisma.llmAccount.create({ data: { id: scope, scope, answers: 1, subscriptions: 9 } });
    await pick(0).send.mutate({ chatId: chat?.id ?? "", content: "Hi" });
    expect(await prisma.llmAccount.findUnique({ where: { id: scope } })).toMatchObject({
      answers: 1,
      subscriptions: 0,
    });
  });

  it("does not count an answer that waits for an approval", async () => {
    const database = await open();
    const provider = createScriptedProvider([
      [{ toolCall: { id: "c1", name: "pay" } }],
      ["Fine."],
      ["Paid."],
    ]);
    const pay = tool("pay", async () => "paid");
    const server = await startChatServer(database.prisma, createLLM({ provider }), {
      limits: { answersAtOnce: 1 },
      tools: [pay],
      needsApproval: ["pay"],
    });
    const client = server.client("u1");
    const create = async () => (await client.chat.create.mutate({})).id;
    const waiting = await client.chat.send.mutate({ chatId: await create(), content: "Pay" });
    const { id: messageId } = waiting.assistantMessage;
    await readStream(client, { messageId });
    const totals = () =>
      database.prisma.llmAccount.findUnique({ where: { id: '{"userId":"u1"}' } });
    expect(await totals()).toMatchObject({ answers: 0 });
    const other = await client.chat.send.mutate({ chatId: await create(), content: "Hi" });
    await readStream(client, { messageId: other.assistantMessage.id });
    await client.chat.respondToTool.mutate({ messageId, toolCallId: "c1", approved: true });
    await readStream(client, { messageId });
    await expect.poll(totals).toMatchObject({ answers: 0, answersBegun: 3 });
    expect(await database.prisma.llmUsage.count({ where: { kind: "answer" } })).toBe(3);
  });

  it("counts answers and chats by the minute, and says when to try again", async () => {
    const { prisma, provider, pick, createChats } = await start({
      answersPerMinute: 3,
      chatsPerMinute: 2,
    });
    const begun = Date.now();
    const chats = await createChats(4);
    for (const [index, chat] of chats.slice(0, 3).entries())
      await pick(index).send.mutate({ chatId: chat.id, content: "Hi" });
    const error = await failureOf(
      pick(1).send.mutate({ chatId: chats[3]?.id ?? "", content: "One more" }),
    );
    expect(error).toMatchObject({
      ...refused,
      message: expect.stringMatching(
        /^The limit of answers in a minute \(3\) is reached\. Try again after /,
      ),
    });
    const retryAt = Date.parse(/\d{4}-\S+Z/.exec(String(error))?.[0] ?? "");
    expect(retryAt).toBeGreaterThanOrEqual(begun + 60_000);
    expect(retryAt).toBeLessThanOrEqual(Date.now() + 60_000);
    // A question that was sent before is not a new answer.
    const created = await Promise.allSettled(
      [0, 1, 2, 3].map((index) => pick(index).create.mutate({})),
    );
    expect(created.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(created.find(({ status }) => status === "rejected")).toMatchObject({
      reason: {
        ...refused,
        message: expect.stringContaining("The limit of new chats in a minute (2)"),
      },
    });
    expect(await prisma.llmChat.count()).toBe(6);
    provider.release(20);
    // A minute later.
    await prisma.llmAccount.updateMany({
      data: { answersFrom: begun - 60_000, chatsFrom: begun - 60_000 },
    });
    await pick(0).send.mutate({ chatId: chats[3]?.id ?? "", content: "One more" });
    await pick(0).create.mutate({});
  });

  it("returns the same messages for a repeated question when a limit is reached", async () => {
    const { pick, createChats } = await start({ answersAtOnce: 1, answersPerMinute: 1 });
    const [chat] = await createChats(1);
    const input = { chatId: chat?.id ?? "", content: "Hi", id: randomUUID() };
    const first = await pick(0).send.mutate(input);
    const again = await pick(1).send.mutate(input);
    expect(again.assistantMessage.id).toBe(first.assistantMessage.id);
  });

  it("has no limits where the app says so in words", async () => {
    const { prisma, pick, createChats } = await start({
      answersAtOnce: "unlimited",
      answersPerMinute: "unlimited",
      chatsPerMinute: "unlimited",
    });
    const chats = await createChats(35);
    for (const [index, chat] of chats.entries())
      await pick(index).send.mutate({ chatId: chat.id, content: "Hi" });
    expect(await prisma.llmMessage.count()).toBe(70);
    for (let index = 0; index < 32; index++) await pick(index).create.mutate({});
  });
});
