import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { isRecordNotFound, isUniqueViolation } from "../../../../src/orm/database/prisma-errors.ts";
import { encodeEntry, readNewestEntry } from "../../../../src/orm/turn/log-entry.ts";
import { endUnowned, endWaiting, takeLock } from "../../../../src/orm/turn/message-lock.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../support/databases/open-turn.ts";
import { openWaitingTurn } from "../../../support/databases/open-waiting-turn.ts";

const interrupted = { status: "interrupted", finishedAt: new Date(0) };

const textRow = { kind: "text", text: "One" };
const approvalRow = { kind: "approval", text: "", at: 5_000 };

/** What a process may have saved, whether it knows of its last save, and how many entries it writes when it is too late. */
function lateWrites() {
  const flags = [true, false];
  return [[], [1], [2], [1, 1], [3, 2]].flatMap((saves) =>
    flags.flatMap((isContinued) =>
      flags.flatMap((isStopped) =>
        flags.flatMap((isLastKnown) =>
          [1, 3].map((late) => ({ saves, isContinued, isStopped, isLastKnown, late })),
        ),
      ),
    ),
  );
}

describeEveryDatabase((_name, open) => {
  async function start() {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const chat = await prisma.llmChat.create({ data: {} });
    const read = async (id: string) => await prisma.llmMessage.findUniqueOrThrow({ where: { id } });
    const kinds = async () =>
      (await prisma.llmMessageChunk.findMany({ orderBy: { seq: "asc" } })).map(
        ({ seq, kind }) => `${seq} ${kind}`,
      );
    return { prisma, db, chat, read, kinds };
  }

  it("takes the lock of an answer in progress, and of no other", async () => {
    const { prisma, db, chat, read } = await start();
    const id = await openTurn(prisma, chat.id, { secondsAgo: 0, text: [] });
    const message = await read(id);
    await db.batch([takeLock(db, message)]);
    await prisma.llmMessage.update({ where: { id }, data: { turnLock: null } });
    await expect(db.batch([takeLock(db, message)])).rejects.toSatisfy(isRecordNotFound);
  });

  it("ends an answer behind a fence, with its tool calls, and releases the chat's lock", async () => {
    const { prisma, db, chat, read, kinds } = await start();
    const id = await openTurn(prisma, chat.id, { secondsAgo: 0, text: ["One ", "two"] });
    const call = { messageId: id, toolCallId: "c1", name: "look", arguments: "{}" };
    await prisma.llmToolCall.create({ data: { ...call, status: "running" } });
    const calls = [{ where: { status: "running" }, data: { status: "error", result: "Cut off." } }];
    const newest = await readNewestEntry(db, id);
    expect(await endUnowned(db, await read(id), newest, interrupted, calls)).toBe(true);
    expect(await read(id)).toMatchObject({ status: "interrupted", turnLock: null });
    expect(await prisma.llmToolCall.findMany()).toMatchObject([
      { status: "error", result: "Cut off." },
    ]);
    expect(await kinds()).toEqual(["1 fence", "2 fence"]);
  });

  it("takes every number that the answer's process may still want to write", async () => {
    const { prisma, db, read } = await start();
    for (const { saves, isContinued, isStopped, isLastKnown, late } of lateWrites()) {
      const chat = await prisma.llmChat.create({ data: {} });
      const id = await openTurn(prisma, chat.id, { secondsAgo: 8, text: [] });
      // The process that continues it has another clock.
      const before = isContinued ? [approvalRow, { kind: "resume", text: "", at: 4_600 }] : [];
      const startedAt = isContinued ? 4_610 : 0;
      const rows = [
        ...before,
        ...saves.flatMap((count, save) =>
          Array.from({ length: count }, () => ({ ...textRow, at: startedAt + save * 250 })),
        ),
      ];
      await prisma.llmMessageChunk.createMany({
        data: rows.map((row, seq) => ({ ...row, messageId: id, seq })),
      });
      if (isStopped) await db.execute(db.sql.requestStop(), [id, chat.id]);
      const newest = await readNewestEntry(db, id);
      expect(await endUnowned(db, await read(id), newest, interrupted, [])).toBe(true);
      const first = rows.length - (isLastKnown ? 0 : (saves.at(-1) ?? 0));
      const entries = Array.from({ length: late }, (_, index) =>
        encodeEntry({ kind: "text", text: "late" }, { messageId: id, seq: first + index, at: 900 }),
      );
      await expect(
        db.insertChunks(entries),
        JSON.stringify({ saves, isContinued, isStopped, isLastKnown, late }),
      ).rejects.toSatisfy(isUniqueViolation);
      const left = await prisma.llmMessageChunk.findMany({ where: { messageId: id } });
      expect(left.filter(({ kind, text }) => kind !== "fence" || text !== "")).toEqual([]);
      expect(left.length).toBeLessThanOrEqual((saves.at(-1) ?? 0) + before.length + 2);
    }
  });

  it("changes nothing when the log has grown, or the answer has ended", async () => {
    const { prisma, db, chat, read, kinds } = await start();
    const id = await openTurn(prisma, chat.id, { secondsAgo: 0, text: ["One "] });
    const message = await read(id);
    const newest = await readNewestEntry(db, id);
    await prisma.llmMessageChunk.create({
      data: { messageId: id, seq: 1, kind: "beat", text: "" },
    });
    expect(await endUnowned(db, message, newest, interrupted, [])).toBe(false);
    expect(await read(id)).toEqual(message);
    expect(await kinds()).toEqual(["0 text", "1 beat"]);
    await prisma.llmMessage.update({ where: { id }, data: { turnLock: null } });
    const grown = await readNewestEntry(db, id);
    expect(await endUnowned(db, message, grown, interrupted, [])).toBe(false);
    expect(await kinds()).toEqual(["0 text", "1 beat"]);
  });

  it("ends an answer that waits for approval once", async () => {
    const { prisma, db, chat, read } = await start();
    const id = await openWaitingTurn(prisma, chat.id, ["c1"]);
    const message = await read(id);
    const approval = await readNewestEntry(db, id, "approval");
    if (approval === null) throw new Error("The answer does not wait.");
    const end = { status: "failed", errorCode: "APPROVAL_EXPIRED", toolResult: "No." } as const;
    expect(await endWaiting(db, message, end, approval)).toMatchObject({
      status: "failed",
      errorCode: "APPROVAL_EXPIRED",
      turnLock: null,
    });
    expect(await prisma.llmToolCall.findMany()).toMatchObject([
      { status: "denied", result: "No." },
    ]);
    expect(await endWaiting(db, message, end, approval)).toBeNull();
  });
});
