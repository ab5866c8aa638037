import { randomUUID } from "node:crypto";

import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat, loadChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import type { TurnRequest } from "../../../../src/orm/turn/begin/turn-request.ts";
import { beginTurn } from "../../../../src/orm/turn/begin/begin-turn.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { openWaitingTurn } from "../../../support/databases/open-waiting-turn.ts";

describeEveryDatabase((_name, open) => {
  async function start() {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const begin = async (content: string, request: Partial<TurnRequest> = {}) =>
      await beginTurn(db, {
        chat: await prisma.llmChat.findUniqueOrThrow({ where: { id: chatId } }),
        user: { id: randomUUID(), content, contentRaw: null },
        model: "m",
        provider: "p",
        ...request,
      });
    const end = async () =>
      await prisma.llmMessage.updateMany({
        where: { turnLock: chatId },
        data: { turnLock: null, status: "complete" },
      });
    const read = async () =>
      await prisma.llmMessage.findMany({ where: { chatId }, orderBy: { position: "asc" } });
    return { prisma, chatId, begin, end, read };
  }

  it("commits the question and the empty answer, which holds the chat's lock", async () => {
    const { prisma, chatId, begin, end, read } = await start();
    const first = await begin("One?", { title: "One?" });
    expect(await read()).toEqual([first.user, first.assistant]);
    expect(first.assistant).toMatchObject({
      parentId: first.user?.id,
      position: 2,
      status: "pending",
      turnLock: chatId,
      modelId: "m",
      provider: "p",
    });
    await end();
    const second = await begin("Two?", { title: "Two?" });
    expect(second.user).toMatchObject({ parentId: first.assistant.id, position: 3 });
    const chat = await prisma.llmChat.findUniqueOrThrow({ where: { id: chatId } });
    expect(chat).toMatchObject({ title: "One?", lastPosition: 4 });
  });

  it("leaves the old branch when the new messages follow another message", async () => {
    const { begin, end, read } = await start();
    const first = await begin("One?");
    await end();
    const again = await begin("", { user: null, parentId: first.user?.id ?? null });
    expect(again.user).toBeNull();
    expect(again.assistant).toMatchObject({ parentId: first.user?.id, position: 3 });
    const rows = (await read()).map(({ id, active }) => ({ id, active }));
    expect(rows).toEqual([
      { id: first.user?.id, active: true },
      { id: first.assistant.id, active: false },
      { id: again.assistant.id, active: true },
    ]);
  });

  it("refuses a second turn while an answer is in progress or waits, and writes nothing", async () => {
    const { prisma, chatId, begin, read } = await start();
    await openTurn(prisma, chatId, { secondsAgo: 0, text: [] });
    expect(await failureOf(begin("Again?"))).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("already in progress"),
    });
    await prisma.llmMessage.deleteMany();
    await openWaitingTurn(prisma, chatId, ["c1"]);
    expect(await failureOf(begin("Again?"))).toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("waits for the approval"),
    });
    expect(await read()).toHaveLength(2);
  });

  it("ends the answer of a dead process first", async () => {
    const { prisma, chatId, begin } = await start();
    const dead = await openTurn(prisma, chatId, { secondsAgo: 60, text: ["Half"] });
    const begun = await begin("Again?");
    expect(begun.user).toMatchObject({ parentId: dead, position: 3 });
    expect(await prisma.llmMessage.findUniqueOrThrow({ where: { id: dead } })).toMatchObject({
      status: "interrupted",
      content: "Half",
      turnLock: null,
    });
  });

  it("throws NOT_FOUND for a chat that was deleted", async () => {
    const { prisma, chatId } = await start();
    const chat = await prisma.llmChat.findUniqueOrThrow({ where: { id: chatId } });
    const user = { id: randomUUID(), content: "One?", contentRaw: null };
    await prisma.llmChat.delete({ where: { id: chatId } });
    const beginning = beginTurn(Database.open(prisma), { chat, user, model: "m", provider: "p" });
    expect(await failureOf(beginning)).toMatchObject({ code: "NOT_FOUND" });
  });

  it("lets the database admit one turn at a time", async () => {
    const database = await open();
    const provider = createScriptedProvider([{ hold: true }, "Done."]);
    const llm = createLLM({ provider });
    const chat = await createChat(database.prisma, llm, { model: "scripted-model" });
    const other = await loadChat(database.connect(), llm, chat.id);
    const results = await Promise.allSettled([
      expect(chat.ask("First")).resolves.toBeDefined(),
      provider.waitForHold().then(async () => {
        await expect(other.ask("Second")).rejects.toMatchObject({
          name: "ChatError",
          code: "CONFLICT",
        });
        provider.release();
      }),
    ]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "fulfilled"]);
    expect(await chat.messages()).toHaveLength(2);
  });

  it("of many questions at once, lets one win and writes nothing for the others", async () => {
    const database = await open();
    const provider = createScriptedProvider([{ hold: true }, "Done."]);
    const llm = createLLM({ provider });
    const chat = await createChat(database.prisma, llm, { model: "scripted-model" });
    const clients = [database.prisma, database.connect(), database.connect()];
    const chats = await Promise.all(clients.map((client) => loadChat(client, llm, chat.id)));
    const answers = chats.flatMap((one) => [one.ask("a"), one.ask("b")]);
    const refused: unknown[] = [];
    for (const answer of answers) answer.catch((error: unknown) => refused.push(error));
    await provider.waitForHold();
    await expect.poll(() => refused).toHaveLength(5);
    for (const error of refused) expect(error).toMatchObject({ code: "CONFLICT" });
    provider.release();
    await Promise.allSettled(answers);
    expect(await chat.messages()).toHaveLength(2);
  });
});
