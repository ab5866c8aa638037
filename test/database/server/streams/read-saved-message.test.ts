import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { readNewestEntry } from "../../../../src/orm/turn/log-entry.ts";
import { endUnowned } from "../../../../src/orm/turn/message-lock.ts";
import {
  readMessage,
  readSavedMessage,
} from "../../../../src/server/streams/read-saved-message.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { openWaitingTurn } from "../../../support/databases/open-waiting-turn.ts";

describeEveryDatabase((_name, open) => {
  async function start(text: readonly string[]) {
    const { prisma } = await open();
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const id = await openTurn(prisma, chatId, { secondsAgo: 0, text });
    const read = async () => await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    return { prisma, db: Database.open(prisma), chatId, id, read };
  }

  it("reads the row and the log of an answer in progress", async () => {
    const { db, read } = await start(["One ", "two"]);
    const { message, entries } = await readSavedMessage(db, await read());
    expect(message).toMatchObject({ status: "streaming", content: "One two" });
    expect(entries.map(({ seq }) => seq)).toEqual([0, 1]);
  });

  it("is pending while nothing is saved, and leaves out a call without a place", async () => {
    const { prisma, db, id, read } = await start([]);
    const call = { messageId: id, toolCallId: "c1", name: "look", arguments: "{}" };
    await prisma.llmToolCall.create({ data: { ...call, status: "running" } });
    expect((await readSavedMessage(db, await read())).message).toMatchObject({
      status: "pending",
      toolCalls: [],
    });
    await prisma.llmMessageChunk.create({
      data: { messageId: id, seq: 0, kind: "tool", text: "", toolCallId: "c1" },
    });
    expect((await readSavedMessage(db, await read())).message).toMatchObject({
      status: "streaming",
      parts: [{ type: "tool", toolCallId: "c1" }],
      toolCalls: [{ status: "running" }],
    });
  });

  it("reads the answer as it ended since its row was read", async () => {
    const { prisma, db, id, read } = await start(["One "]);
    const staleRow = await read();
    await prisma.llmMessageChunk.deleteMany();
    const ended = { turnLock: null, status: "complete", content: "One two" };
    await prisma.llmMessage.update({ where: { id }, data: ended });
    const { message, entries } = await readSavedMessage(db, staleRow);
    expect(message).toMatchObject({ status: "complete", content: "One two" });
    expect(entries).toEqual([]);
    expect(message).toEqual(await readMessage(db, await read()));
  });

  it.each([
    ["with text in its log", ["One "]],
    ["with an empty log", []],
  ])("reads an answer %s that was interrupted since its row was read", async (_what, text) => {
    const { db, id, read } = await start(text);
    const staleRow = await read();
    const newest = await readNewestEntry(db, id);
    const end = { status: "interrupted", content: text.join("") || null, finishedAt: new Date(0) };
    expect(await endUnowned(db, staleRow, newest, end, [])).toBe(true);
    const { message, entries } = await readSavedMessage(db, staleRow);
    expect(message).toMatchObject({ status: "interrupted", content: text.join("") });
    expect(message).toEqual(await readMessage(db, await read()));
    expect(entries).toEqual([]);
  });

  it("reads an answer that was suspended and continued since its row was read", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const id = await openWaitingTurn(prisma, chatId, ["c1"]);
    const row = await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    const staleRow = { ...row, status: "pending", content: null, parts: null };
    await prisma.llmMessage.update({ where: { id }, data: { status: "streaming" } });
    await prisma.llmMessageChunk.createMany({
      data: [
        { messageId: id, seq: 1, kind: "resume", text: "" },
        { messageId: id, seq: 2, kind: "text", text: "Yes." },
      ],
    });
    const { message } = await readSavedMessage(db, staleRow);
    expect(message).toMatchObject({
      status: "streaming",
      content: "May I? Yes.",
      parts: [{ text: "May I? " }, { toolCallId: "c1" }, { text: "Yes." }],
    });
  });
});
