import { afterEach, expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { finishTurn, removeTurn, suspendTurn } from "../../../../src/orm/turn/finish-turn.ts";
import { TurnControl } from "../../../../src/orm/turn/turn-control.ts";
import { TurnLog } from "../../../../src/orm/turn/turn-log.ts";
import { TurnState } from "../../../../src/orm/turn/turn-state.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";

describeEveryDatabase((_name, open) => {
  const logs: TurnLog[] = [];
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close();
  });

  async function start() {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const id = await openTurn(prisma, chatId, { secondsAgo: 0, text: [] });
    const read = async () => await prisma.llmMessage.findUnique({ where: { id } });
    const message = await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    const state = new TurnState(message, []);
    state.beginStep();
    const startedAt = message.createdAt;
    const log = new TurnLog({
      db,
      messageId: id,
      firstSeq: 0,
      startedAt,
      control: new TurnControl(),
    });
    logs.push(log);
    const append = (text: string): void => {
      state.appendText(text);
      log.append({ kind: "text", text });
    };
    const savedEntries = async () => await prisma.llmMessageChunk.count();
    return { prisma, db, id, message, state, log, read, append, savedEntries };
  }

  it("joins what is in the log with the rest, empties the log, and releases the chat's lock", async () => {
    const { db, message, state, log, read, append, savedEntries } = await start();
    append("One ");
    await expect.poll(savedEntries).toBe(1);
    append("two");
    const ending = { message, state, log, status: "complete", errorCode: null } as const;
    const row = await finishTurn(db, ending);
    expect(await read()).toEqual(row);
    expect(row).toMatchObject({ content: "One two", status: "complete", turnLock: null });
    expect(await savedEntries()).toBe(0);
    expect(await finishTurn(db, ending)).toBeNull();
  });

  it("does not complete an answer that somebody asked to stop", async () => {
    const { prisma, db, id, message, state, log, read, append } = await start();
    append("One");
    await prisma.llmMessage.update({ where: { id }, data: { stopRequestedAt: new Date() } });
    const ending = { message, state, log, errorCode: null };
    expect(await finishTurn(db, { ...ending, status: "complete" })).toBeNull();
    expect(await read()).toMatchObject({ status: "pending", content: null });
    await finishTurn(db, { ...ending, status: "stopped" });
    expect(await read()).toMatchObject({ status: "stopped", content: "One", turnLock: null });
  });

  it("suspends an answer: the text is in the row, and the log says only that it waits", async () => {
    const { prisma, db, id, message, state, log, read, append, savedEntries } = await start();
    append("May I? ");
    await expect.poll(savedEntries).toBe(1);
    state.addToolCall("c1", "remove", "{}", "awaiting_approval");
    const call = { messageId: id, toolCallId: "c1", name: "remove", arguments: "{}" };
    await prisma.llmToolCall.create({ data: { ...call, status: "awaiting_approval" } });
    const suspended = await suspendTurn(db, { message, state, log, timeoutMs: 60_000 });
    expect(suspended).toMatchObject({ isDecided: false, row: { status: "awaiting_approval" } });
    expect(await read()).toMatchObject({
      content: "May I? ",
      parts: '[["text",7],["tool","c1"]]',
      turnLock: message.chatId,
    });
    expect(await prisma.llmMessageChunk.findMany()).toMatchObject([
      { seq: 1, kind: "approval", timeoutMs: 60_000 },
    ]);
  });

  it("continues at once when the call was decided before the answer was suspended", async () => {
    const { prisma, db, id, message, state, log } = await start();
    state.addToolCall("c1", "remove", "{}", "awaiting_approval");
    const call = { messageId: id, toolCallId: "c1", name: "remove", arguments: "{}" };
    await prisma.llmToolCall.create({ data: { ...call, status: "running" } });
    const suspended = await suspendTurn(db, { message, state, log, timeoutMs: 60_000 });
    expect(suspended).toMatchObject({ isDecided: true });
    expect(await prisma.llmMessageChunk.findMany({ orderBy: { seq: "asc" } })).toMatchObject([
      { seq: 0, kind: "approval" },
      { seq: 1, kind: "resume" },
    ]);
  });

  it("deletes an answer with nothing in it, and keeps its requests", async () => {
    const { prisma, db, id, message, log, read } = await start();
    const request = { chatId: message.chatId, messageId: id, provider: "p", model: "m" };
    await prisma.llmRequest.create({
      data: { ...request, statusCode: 503, duration: 1, inputTokens: 0, outputTokens: 0 },
    });
    expect(await removeTurn(db, message, log)).toBe(true);
    expect(await read()).toBeNull();
    expect(await prisma.llmRequest.findMany()).toMatchObject([{ messageId: null }]);
    expect(await removeTurn(db, message, log)).toBe(false);
  });
});
