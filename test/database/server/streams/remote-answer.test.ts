import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import {
  readMessage,
  readSavedMessage,
} from "../../../../src/server/streams/read-saved-message.ts";
import { RemoteAnswer } from "../../../../src/server/streams/remote-answer.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";

describeEveryDatabase((_name, open) => {
  async function start(text: readonly string[], secondsAgo = 0) {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const { id: chatId } = await prisma.llmChat.create({ data: {} });
    const id = await openTurn(prisma, chatId, { secondsAgo, text });
    const read = async () => await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    const remote = new RemoteAnswer(await readSavedMessage(db, await read()));
    const write = async (
      seq: number,
      entry: { kind: string; text?: string; toolCallId?: string },
    ) => await prisma.llmMessageChunk.create({ data: { messageId: id, seq, text: "", ...entry } });
    return { prisma, db, chatId, id, read, remote, write };
  }

  it("reads what was saved since the last poll, and says whether that was new", async () => {
    const { db, remote, write } = await start(["One "]);
    expect(await remote.poll(db)).toBe(false);
    await write(1, { kind: "text", text: "two " });
    await write(2, { kind: "thinking", text: "Hm." });
    expect(await remote.poll(db)).toBe(true);
    expect(await remote.poll(db)).toBe(false);
    expect(remote.answer.snapshot()).toMatchObject({ content: "One two ", thinking: "Hm." });
  });

  it("takes each piece of text once, from the hub or the database", async () => {
    const { db, remote, write } = await start(["One "]);
    remote.receive([{ type: "text", at: 0, text: "One two " }]);
    expect(remote.answer.snapshot().content).toBe("One two ");
    await write(1, { kind: "text", text: "two three" });
    expect(await remote.poll(db)).toBe(true);
    remote.receive([{ type: "text", at: 4, text: "two three" }]);
    expect(remote.answer.snapshot().content).toBe("One two three");
  });

  it("keeps events after a gap until the database has closed it", async () => {
    const { db, remote, write } = await start(["One "]);
    remote.receive([{ type: "text", at: 8, text: "three" }]);
    expect(remote.hasGap).toBe(true);
    expect(remote.answer.snapshot().content).toBe("One ");
    await write(1, { kind: "text", text: "two " });
    await remote.poll(db);
    expect(remote.hasGap).toBe(false);
    expect(remote.answer.snapshot().content).toBe("One two three");
  });

  it("shows a tool call in its place, and its result when the row has it", async () => {
    const { prisma, db, id, remote, write } = await start(["Look: "]);
    const call = { messageId: id, toolCallId: "c1", name: "look", arguments: "{}" };
    const row = await prisma.llmToolCall.create({ data: { ...call, status: "running" } });
    await remote.poll(db);
    expect(remote.answer.snapshot().toolCalls).toEqual([]);
    await write(1, { kind: "tool", toolCallId: "c1" });
    await remote.poll(db);
    expect(remote.answer.snapshot().toolCalls).toMatchObject([{ status: "running" }]);
    const ended = { status: "complete", result: "seen" };
    await prisma.llmToolCall.update({ where: { id: row.id }, data: ended });
    await write(2, { kind: "text", text: "I saw." });
    await remote.poll(db);
    expect(remote.answer.snapshot()).toMatchObject({
      parts: [{ text: "Look: " }, { toolCallId: "c1" }, { text: "I saw." }],
      toolCalls: [ended],
    });
  });

  it("reads a tool call again only when it has changed, whatever else is saved", async () => {
    const { prisma, db, id, remote, write } = await start(["Look: "]);
    const large = "x".repeat(100_000);
    const read = { times: 0, calls: 0 };
    const { toolCall } = db;
    const findMany: typeof toolCall.findMany = async (args) => {
      const rows = await toolCall.findMany(args);
      read.times++;
      read.calls += rows.length;
      return rows;
    };
    const counted = new Proxy(toolCall, {
      get: (target, key) => (key === "findMany" ? findMany : Reflect.get(target, key)),
    });
    Object.defineProperty(db, "toolCall", { value: counted });
    let seq = 1;
    /** Polls after another piece of text, and returns how often calls were read, and how many. */
    const poll = async () => {
      Object.assign(read, { times: 0, calls: 0 });
      await write(seq++, { kind: "text", text: "." });
      await remote.poll(db);
      return [read.times, read.calls];
    };
    expect(await poll()).toEqual([0, 0]);
    const ids = ["c0", "c1", "c2", "c3"];
    for (const toolCallId of ids) {
      const call = { messageId: id, toolCallId, name: "look", arguments: `{"x":"${large}"}` };
      const status = toolCallId === "c3" ? "awaiting_approval" : "running";
      await prisma.llmToolCall.create({ data: { ...call, status } });
      await write(seq++, { kind: "tool", toolCallId });
    }
    const change = async (toolCallId: string, data: object) =>
      await prisma.llmToolCall.updateMany({ where: { messageId: id, toolCallId }, data });
    expect(await poll()).toEqual([1, 4]);
    expect(await poll()).toEqual([1, 0]);
    await change("c0", { status: "complete", result: large });
    await change("c3", { status: "running" });
    expect(await poll()).toEqual([1, 2]);
    expect(await poll()).toEqual([1, 0]);
    await change("c1", { status: "error", result: large });
    expect(await poll()).toEqual([1, 1]);
    const statuses = () => remote.answer.snapshot().toolCalls.map(({ status }) => status);
    expect(statuses()).toEqual(["complete", "error", "running", "running"]);
    for (const toolCallId of ids)
      await change(toolCallId, { status: "complete", result: "Done.", output: '"Done."' });
    expect(await poll()).toEqual([1, 2]);
    // None of them can change any more.
    expect(await poll()).toEqual([0, 0]);
    expect(statuses()).toEqual(["complete", "error", "complete", "complete"]);
  });

  it("believes the hub that an answer has ended, but asks the database whether it waits", async () => {
    const { prisma, db, id, read, remote } = await start(["May I?"]);
    const message = await readMessage(db, await read());
    remote.receive([{ type: "done", message: { ...message, status: "awaiting_approval" } }]);
    expect(remote.mayWait).toBe(true);
    expect(remote.answer.final).toBeNull();
    await remote.poll(db);
    expect(remote.mayWait).toBe(false);
    expect(remote.answer.final).toBeNull();
    await prisma.llmMessage.update({ where: { id }, data: { status: "awaiting_approval" } });
    await remote.poll(db);
    expect(remote.answer.final).toMatchObject({ status: "awaiting_approval" });

    const other = await start(["One"]);
    const complete = { ...message, status: "complete" as const };
    other.remote.receive([{ type: "done", message: complete }]);
    expect(other.remote.answer.final).toBe(complete);
  });

  it("catches up with an answer that was suspended and continued between two polls", async () => {
    const { prisma, db, id, remote, write } = await start(["May I? "]);
    const call = { messageId: id, toolCallId: "c1", name: "remove", arguments: "{}" };
    await prisma.llmToolCall.create({ data: { ...call, status: "running" } });
    await prisma.llmMessageChunk.deleteMany();
    const parts = '[["text",14],["tool","c1"]]';
    await prisma.llmMessage.update({
      where: { id },
      data: { status: "streaming", content: "May I? Please.", parts },
    });
    await write(2, { kind: "approval" });
    await write(3, { kind: "resume" });
    await write(4, { kind: "text", text: "Done." });
    expect(await remote.poll(db)).toBe(true);
    expect(remote.answer.snapshot()).toMatchObject({
      content: "May I? Please.Done.",
      parts: [{ text: "May I? Please." }, { toolCallId: "c1" }, { text: "Done." }],
    });
    expect(await remote.poll(db)).toBe(false);
  });

  it("ends with the row that was saved, and as stopped when the answer was deleted", async () => {
    const { prisma, db, id, remote } = await start(["One "]);
    const data = { turnLock: null, status: "complete", content: "One two" };
    await prisma.llmMessage.update({ where: { id }, data });
    await prisma.llmMessageChunk.deleteMany();
    expect(await remote.poll(db)).toBe(true);
    expect(remote.answer.final).toMatchObject({ status: "complete", content: "One two" });

    const other = await start(["One "]);
    await other.prisma.llmMessage.delete({ where: { id: other.id } });
    expect(await other.remote.poll(other.db)).toBe(true);
    expect(other.remote.answer.final).toMatchObject({ status: "stopped", content: "One " });
  });

  it("ends an answer whose process is gone", async () => {
    const { db, remote } = await start(["Half"], 60);
    expect(await remote.poll(db)).toBe(true);
    expect(remote.answer.final).toMatchObject({ status: "interrupted", content: "Half" });
  });
});
