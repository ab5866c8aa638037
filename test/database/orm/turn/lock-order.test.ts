import { randomUUID } from "node:crypto";

import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { beginTurn } from "../../../../src/orm/turn/begin/begin-turn.ts";
import { openChat } from "../../../../src/orm/turn/begin/open-chat.ts";
import { describeMigrated } from "../../../support/databases/describe-databases.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";
import { failureOf } from "../../../support/failure-of.ts";

const here = "datname = current_database()";
const waiting = `SELECT COUNT(*) AS n FROM pg_stat_activity WHERE ${here} AND wait_event_type = 'Lock'`;
const deadlocks = `SELECT deadlocks AS n FROM pg_stat_database WHERE ${here}`;

// SQLite has one lock for all writers.
describeMigrated(
  (_name, open) => {
    it("turns of all kinds lock the chat before their messages", async () => {
      const database = await open();
      const { prisma } = database;
      const db = Database.open(prisma);
      const one = async (query: string): Promise<number> => {
        const [row] = await db.query(query, []);
        return Number(row?.["n"]);
      };
      const { id } = await prisma.llmChat.create({ data: {} });
      const question = () => ({ id: randomUUID(), content: "One?", contentRaw: null });
      const given = { model: null, provider: null };
      const first = await beginTurn(db, {
        ...(await openChat(db, id)),
        ...given,
        user: question(),
      });
      await prisma.llmMessage.updateMany({ data: { turnLock: null, status: "complete" } });
      const opened = { ...(await openChat(db, id)), ...given };
      let statements = NaN;
      const asked: Promise<unknown>[] = [];
      const watched = watchStatements(database, async (sql) => {
        statements = sql === "BEGIN" ? 0 : statements + 1;
        // The first statement of the transaction holds what it has locked.
        if (statements !== 2 || asked.length > 0) return;
        asked.push(failureOf(beginTurn(db, { ...opened, user: question() })));
        await expect.poll(() => one(waiting)).toBe(1);
      });
      const again = { ...opened, user: null, parentId: first.user?.id ?? "" };
      await beginTurn(Database.open(watched.prisma), again);
      expect(await Promise.all(asked)).toMatchObject([{ code: "CONFLICT" }]);
      await watched.close();
      expect(await one(deadlocks)).toBe(0);
      expect(await prisma.llmMessage.count()).toBe(3);
    });
  },
  ["postgresql"],
);
