import { randomUUID } from "node:crypto";

import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import type { ChatState } from "../../../../src/server/watch/chat-state.ts";
import { noticesBetween } from "../../../../src/server/watch/notices-between.ts";
import { readChatRows, readChatState } from "../../../../src/server/watch/read-chat-state.ts";
import type { OpenDatabase } from "../../../support/databases/describe-databases.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";

/** Creates a chat whose rows the test writes, with functions for what a client is told about them. */
async function openChat(open: OpenDatabase) {
  const { prisma } = await open();
  const db = Database.open(prisma);
  const { id: chatId } = await prisma.llmChat.create({ data: {} });
  let position = 0;
  const add = async (role: string, data: { turnLock?: string; status?: string } = {}) => {
    position++;
    const { id } = await prisma.llmMessage.create({ data: { chatId, role, position, ...data } });
    await touch({ lastPosition: position });
    return id;
  };
  // A clock that advances with each change, because two changes in one millisecond would count as one.
  let time = Date.now();
  const touch = (data: { lastPosition?: number; title?: string }) =>
    prisma.llmChat.update({
      where: { id: chatId },
      data: { ...data, updatedAt: new Date(++time) },
    });
  const read = async (): Promise<ChatState> => {
    const [rows] = await readChatRows(db, [chatId]);
    if (rows === undefined) throw new Error("No rows were read.");
    const { state, isTorn } = await readChatState(db, rows, null);
    if (state === null || isTorn) throw new Error("The chat is gone or torn.");
    return state;
  };
  const tell = async (from: ChatState | null, to: ChatState): Promise<readonly string[]> =>
    (await noticesBetween(db, chatId, from, to)).notices.map((notice) =>
      "messageId" in notice ? `${notice.type} ${notice.messageId}` : notice.type,
    );
  return { prisma, db, chatId, add, touch, read, tell };
}

describeEveryDatabase((_name, open) => {
  it("sends the state to a client that has none, and nothing to one that is up to date", async () => {
    const { db, chatId, add, read, tell } = await openChat(open);
    const newestId = await add("user");
    const state = await read();
    expect((await noticesBetween(db, chatId, null, state)).notices).toEqual([
      { type: "state", newestId, chat: expect.objectContaining({ id: chatId }) },
    ]);
    expect(await tell(state, state)).toEqual([]);
  });

  it("reports a question, the start of its answer, and its end", async () => {
    const { prisma, chatId, add, read, tell } = await openChat(open);
    const before = await read();
    const question = await add("user");
    const answer = await add("assistant", { turnLock: chatId, status: "streaming" });
    const during = await read();
    expect(during).toMatchObject({ newestId: answer, activeId: answer, position: 2 });
    expect(await tell(before, during)).toEqual([
      `created ${question}`,
      `created ${answer}`,
      "chat",
    ]);
    await prisma.llmMessage.update({
      where: { id: answer },
      data: { turnLock: null, status: "complete" },
    });
    const after = await read();
    expect(await tell(during, after)).toEqual([`finished ${answer}`]);
    expect(await tell(before, after)).toEqual([
      `created ${question}`,
      `created ${answer}`,
      `finished ${answer}`,
      "chat",
    ]);
  });

  it("reports that an answer is gone", async () => {
    const { prisma, chatId, add, read, tell } = await openChat(open);
    await add("user");
    const answer = await add("assistant", { turnLock: chatId });
    const before = await read();
    await prisma.llmMessage.delete({ where: { id: answer } });
    expect(await tell(before, await read())).toEqual([`deleted ${answer}`]);
  });

  it("does not reveal whether a message of another chat exists", async () => {
    const mine = await openChat(open);
    const other = await mine.prisma.llmChat.create({ data: {} });
    const foreign = await mine.prisma.llmMessage.create({
      data: { chatId: other.id, role: "assistant" },
    });
    const state = await mine.read();
    for (const activeId of [foreign.id, randomUUID()])
      expect(await mine.tell({ ...state, activeId }, state)).toEqual([`deleted ${activeId}`]);
  });

  it("reports a new active branch by its newest message", async () => {
    const { prisma, chatId, add, touch, read, tell } = await openChat(open);
    const question = await add("user");
    const [first, second] = [await add("assistant"), await add("assistant")];
    await prisma.llmMessage.update({ where: { id: first }, data: { active: false } });
    const before = await read();
    expect(before.newestId).toBe(second);
    await prisma.llmMessage.updateMany({ where: { chatId }, data: { active: true } });
    await prisma.llmMessage.update({ where: { id: second }, data: { active: false } });
    await touch({ lastPosition: 4 });
    const notices = await tell(before, await read());
    expect(notices).toEqual([`updated ${first}`, "chat"]);
    expect(notices).not.toContain(`created ${question}`);
  });

  it("reports when an answer starts waiting for approval, and when the calls it waits for change", async () => {
    const { prisma, chatId, add, read, tell } = await openChat(open);
    await add("user");
    const messageId = await add("assistant", { turnLock: chatId, status: "streaming" });
    const before = await read();
    const call = { messageId, name: "remove", arguments: "{}", status: "awaiting_approval" };
    await prisma.llmToolCall.createMany({
      data: [
        { ...call, toolCallId: "c1" },
        { ...call, toolCallId: "c2" },
      ],
    });
    await prisma.llmMessage.update({
      where: { id: messageId },
      data: { status: "awaiting_approval" },
    });
    const both = await read();
    expect(await tell(before, both)).toEqual([`updated ${messageId}`]);
    await prisma.llmToolCall.updateMany({
      where: { toolCallId: "c1" },
      data: { status: "running" },
    });
    expect(await tell(both, await read())).toEqual([`updated ${messageId}`]);
  });

  it("reports changes of the chat's own columns", async () => {
    const { touch, read, tell } = await openChat(open);
    const before = await read();
    await touch({ title: "Renamed" });
    expect(await tell(before, await read())).toEqual(["chat"]);
  });

  it("sends the state after more than 20 missed messages, or when the known state is newer", async () => {
    const { add, read, tell } = await openChat(open);
    const before = await read();
    for (let index = 0; index < 20; index++) await add("user");
    expect(await tell(before, await read())).toHaveLength(21);
    await add("user");
    const after = await read();
    expect(await tell(before, after)).toEqual(["state"]);
    expect(await tell({ ...after, position: after.position + 1, updatedAt: 0 }, after)).toEqual([
      "state",
    ]);
  });

  it("reports nothing about a chat that was deleted after its state was read", async () => {
    const { prisma, chatId, add, read, tell } = await openChat(open);
    const before = await read();
    await add("user");
    const after = await read();
    await prisma.llmChat.delete({ where: { id: chatId } });
    expect(await tell(before, after)).toEqual([]);
    expect(await tell(null, after)).toEqual([]);
  });
});
