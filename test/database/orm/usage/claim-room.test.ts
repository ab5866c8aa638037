import { randomUUID } from "node:crypto";

import type { SqlQueryable } from "@prisma/driver-adapter-utils";
import { expect, it } from "vitest";

import { ChatError } from "../../../../src/chat/chat-error.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import {
  lockBeforeRelease,
  lockTotals,
  releaseHold,
  settleCall,
  takeHold,
} from "../../../../src/orm/usage/account-statements.ts";
import type { Claim } from "../../../../src/orm/usage/account-statements.ts";
import { makeRoom } from "../../../../src/orm/usage/claim-room.ts";
import type { LedgerEntry } from "../../../../src/orm/usage/ledger-statements.ts";
import { addToLedger } from "../../../../src/orm/usage/ledger-statements.ts";
import type { TestDatabase } from "../../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";

const scope = '{"userId":"u1"}';
const limits = {
  answersAtOnce: null,
  answersPerMinute: null,
  openSubscriptions: null,
  chatsPerMinute: null,
};
const purpose = { kind: "title", chatId: "c", messageId: "m", provider: "p", model: "m" } as const;

/** A client, and the errors of its statements. */
function connect(database: TestDatabase) {
  const errors: unknown[] = [];
  const noting = <Queryable extends SqlQueryable>(queryable: Queryable): Queryable =>
    new Proxy(queryable, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        if (!["queryRaw", "executeRaw", "startTransaction"].includes(String(key)))
          return (...args: unknown[]): unknown => Reflect.apply(value, target, args);
        return async (...args: unknown[]): Promise<unknown> => {
          try {
            const result: unknown = await Reflect.apply(value, target, args);
            // A transaction takes queries, too.
            return key === "startTransaction" ? noting(result as SqlQueryable) : result;
          } catch (error) {
            errors.push(error);
            throw error;
          }
        };
      },
    });
  const prisma = database.connect({
    wrap: (factory) => ({
      provider: factory.provider,
      adapterName: factory.adapterName,
      connect: async () => noting(await factory.connect()),
    }),
  });
  return { db: Database.open(prisma), errors };
}

describeDatabases(
  (_name, open) => {
    it("ends the hold of a process that is gone, while that goes on all the same, without a deadlock", async () => {
      const database = await open();
      const clients = Array.from({ length: 4 }, () => connect(database));
      const random = new SeededRandom("holds");
      const recover = () => Promise.resolve(null);
      for (let round = 0; round < 40; round++) {
        const id = `title:${round}`;
        const callId = randomUUID();
        const hold = (call: string) => ({
          id,
          tokens: 10,
          cost: 0,
          // It has expired, so whoever needs room ends it.
          expiresAt: 1,
          call: JSON.stringify({ ...purpose, id: call, inputTokens: 5 }),
        });
        const claim: Claim = { scope, limits, budget: null, hold: hold(callId) };
        const full: Claim = { ...claim, budget: { tokens: 1, per: "month" } };
        const entry: LedgerEntry = {
          ...purpose,
          id: callId,
          scope,
          statusCode: 200,
          errorCode: null,
          duration: 1,
          inputTokens: 1,
          outputTokens: 1,
          cachedTokens: null,
          cost: null,
          isEstimate: false,
        };
        const deeds: ((db: Database) => Promise<unknown>)[] = [
          (db) => makeRoom(db, full, { attempt: 1, cause: new Error("Full."), recover }),
          (db) => makeRoom(db, full, { attempt: 1, cause: new Error("Full."), recover }),
          (db) => db.batch([takeHold(db, { ...claim, hold: hold(randomUUID()) }, Date.now())]),
          (db) => db.batch([...addToLedger(db, entry, Date.now()), settleCall(db, id)]),
          async (db) => {
            // MySQL locks in the order in which an answer does that has the lock of its message.
            const lock = db.sql.isMysql ? lockBeforeRelease(db, scope) : [lockTotals(db, scope)];
            await db.batch([...lock, ...releaseHold(db, id)]);
          },
        ];
        const inAnyOrder = deeds
          .map((deed) => ({ deed, place: random.next() }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ deed }) => deed);
        const [first] = clients;
        if (first === undefined) throw new Error("There is no client.");
        await first.db.batch([takeHold(first.db, claim, Date.now())]);
        const results = await Promise.allSettled(
          inAnyOrder.map(async (deed, index) => {
            const client = clients[index % clients.length] ?? first;
            await deed(client.db);
          }),
        );
        for (const result of results)
          if (result.status === "rejected" && !(result.reason instanceof ChatError))
            // The call was recorded by the process itself and by the one that believed it dead.
            expect(result.reason).toMatchObject({ code: "P2002" });
      }
      const deadlocks = clients.flatMap(({ errors }) =>
        errors.filter((error) => /40P01|deadlock/i.test(JSON.stringify(error) + String(error))),
      );
      expect(deadlocks).toEqual([]);
      // What is left adds up.
      const holds = await database.prisma.llmAccount.findMany({ where: { scope } });
      const totals = holds.find(({ id }) => id === scope);
      const rest = holds.filter(({ id }) => id !== scope);
      expect(totals?.tokens).toBe(rest.reduce((sum, { tokens }) => sum + tokens, 0));
      const rows = await database.prisma.llmUsage.findMany();
      const spent = rows.reduce((sum, row) => sum + row.inputTokens + row.outputTokens, 0);
      expect(Number(totals?.spentTokens)).toBe(spent);
    });
  },
  ["postgresql", "mysql"],
);
