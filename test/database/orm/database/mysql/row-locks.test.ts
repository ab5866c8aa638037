import { expect, it } from "vitest";

import { Database } from "../../../../../src/orm/database/database.ts";
import { isRecordNotFound } from "../../../../../src/orm/database/prisma-errors.ts";
import { takeLock } from "../../../../../src/orm/turn/message-lock.ts";
import type { TestDatabase } from "../../../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../../../support/databases/describe-databases.ts";
import { openTurn } from "../../../../support/databases/open-turn.ts";
import { watchStatements } from "../../../../support/databases/watch-statements.ts";

/** Runs a transaction that needs an answer in progress, which ends just before one of the statements. */
async function endBefore(database: TestDatabase, place: number) {
  const { prisma } = database;
  const { id: chatId } = await prisma.llmChat.create({ data: {} });
  const id = await openTurn(prisma, chatId, { secondsAgo: 0, text: [] });
  let count = 0;
  let isLocked = false;
  const ending: Promise<unknown>[] = [];
  const watched = watchStatements(database, async (statement) => {
    if (count++ === place) {
      // A query of Prisma runs when it is awaited.
      ending.push(
        prisma.llmMessage.updateMany({ where: { id }, data: { turnLock: null } }).then(() => null),
      );
      // From the first write or lock on, the other transaction has to wait for this one.
      if (!isLocked) await Promise.all(ending);
    }
    isLocked ||= statement.startsWith("UPDATE") || statement.endsWith("FOR UPDATE");
  });
  const db = Database.open(watched.prisma);
  const change = db.chat.updateMany({ where: { id: chatId }, data: { title: "Changed" } });
  const error = await db.batch([takeLock(db, { id, chatId }), change]).then(
    () => null,
    (failure: unknown) => failure,
  );
  await Promise.all(ending);
  await watched.close();
  const chat = await prisma.llmChat.findUniqueOrThrow({ where: { id: chatId } });
  return { error, isChanged: chat.title === "Changed", isOver: count <= place };
}

describeDatabases(
  (_name, open) => {
    it("an update finds out that its row has changed, before whichever of its statements that was", async () => {
      const database = await open();
      let refused = 0;
      for (let place = 1; ; place++) {
        const { error, isChanged, isOver } = await endBefore(database, place);
        if (isOver) break;
        expect(isChanged).toBe(error === null);
        if (error !== null) expect(isRecordNotFound(error)).toBe(true);
        if (error !== null) refused++;
      }
      expect(refused).toBeGreaterThan(0);
    });
  },
  ["postgresql", "mysql"],
);
