import { createLLM } from "@node-llm/core";
import { PrismaPg } from "@prisma/adapter-pg";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import { Database } from "../../../../src/orm/database/database.ts";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { Gate } from "../../../../src/testing/gate.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { openClient } from "../../../support/databases/open-client.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";

// SQLite runs one write after another, so transactions cannot wait for each other.
describeDatabases(
  (_name, open) => {
    it("when two transactions deadlock, the one that the database refuses runs again", async () => {
      const database = await open();
      const llm = createLLM({ provider: createScriptedProvider("Fine.") });
      const ids = [
        (await createChat(database.prisma, llm)).id,
        (await createChat(database.prisma, llm)).id,
      ];
      const second = new Gate();
      const waiting = { count: 0 };
      const watched = ["first", "second"].map(() => {
        let statements = 0;
        return watchStatements(database, async (statement) => {
          if (!statement.startsWith("UPDATE") || ++statements !== 2) return;
          // Each holds the lock of one row and is about to ask for the other's.
          if (++waiting.count === 2) second.release(2);
          await second.pass(new AbortController().signal);
        });
      });
      const [one, two] = watched.map(({ prisma }, index) => {
        const db = Database.open(prisma);
        const order = index === 0 ? ids : ids.toReversed();
        const data = { title: `by ${index}` };
        return db.batch(order.map((id) => db.chat.updateMany({ where: { id }, data })));
      });
      expect(await Promise.all([one, two])).toEqual([
        [{ count: 1 }, { count: 1 }],
        [{ count: 1 }, { count: 1 }],
      ]);
      const chats = await database.prisma.llmChat.findMany();
      expect(new Set(chats.map(({ title }) => title)).size).toBe(1);
      for (const { close } of watched) await close();
    });

    it("a statement that the database refuses because of a deadlock runs again", async () => {
      const { prisma, url } = await open();
      const { id } = await prisma.llmChat.create({ data: {} });
      await prisma.llmMessage.create({ data: { chatId: id, role: "user" } });
      const run = (sql: string) => ({ sql, args: [], argTypes: [] });
      const other = await new PrismaPg({ connectionString: url }).connect();
      const transaction = await other.startTransaction();
      await transaction.executeRaw(run("SET LOCAL deadlock_timeout = '1min'"));
      await transaction.executeRaw(run(`UPDATE "LlmMessage" SET content = 'x'`));
      // Of two that wait for each other, PostgreSQL refuses the one that has waited for so long.
      const impatient = openClient(`${url}?options=-c%20deadlock_timeout%3D3s`);
      const db = Database.open(impatient);
      const deleting = db.write(() => db.chat.deleteMany({ where: { id } }));
      const blocked = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
      await expect.poll(async () => await prisma.$queryRawUnsafe(blocked)).toHaveLength(1);
      await transaction.executeRaw(run(`UPDATE "LlmChat" SET title = 'x'`));
      await transaction.commit();
      expect(await deleting).toEqual({ count: 1 });
      await impatient.$disconnect();
      await other.dispose();
    });
  },
  ["postgresql"],
);

describeDatabases(
  (_name, open) => {
    it("asks for each caller when an extension of the client sees its queries", async () => {
      const { prisma } = await open();
      const pass = <Args, Result>(call: { args: Args; query: (args: Args) => Promise<Result> }) =>
        call.query(call.args);
      // The types of an extended client differ from those of the client, and the tests know only those.
      const isContextual = (extended: unknown): boolean =>
        Database.open(extended as PrismaClient).isContextual;
      expect(isContextual(prisma)).toBe(false);
      expect(isContextual(prisma.$extends({ model: { llmChat: { hello: () => 1 } } }))).toBe(false);
      expect(isContextual(prisma.$extends({ query: { $allOperations: pass } }))).toBe(true);
      expect(isContextual(prisma.$extends({ query: { $allModels: { findMany: pass } } }))).toBe(
        true,
      );
    });

    it("finds out by two refusals in a short time that the client needs a context, but not by an outage", async () => {
      const db = Database.open((await open()).prisma);
      for (const code of ["P1001", "P1017", "P2024", "P2034", "ECONNRESET", "57P01"])
        for (let time = 0; time < 3; time++)
          db.contextNeed.noteRefusal(Object.assign(new Error(code), { code }));
      expect(db.isContextual).toBe(false);
      db.contextNeed.noteRefusal(new Error("There is no tenant."));
      expect(db.isContextual).toBe(false);
      db.contextNeed.noteRefusal(new Error("There is no tenant."));
      expect(db.isContextual).toBe(true);
    });
  },
  ["sqlite"],
);
