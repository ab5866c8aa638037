import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { isNullViolation } from "../../../../src/orm/database/prisma-errors.ts";
import { raw } from "../../../../src/orm/database/sql-text.ts";
import type { AccountLimits, Claim, Hold } from "../../../../src/orm/usage/account-statements.ts";
import {
  addSpent,
  addUpHolds,
  lockTotals,
  releaseHold,
  settleCall,
  takeHold,
} from "../../../../src/orm/usage/account-statements.ts";
import type { ChatBudget } from "../../../../src/orm/usage/budget.ts";
import { periodStart } from "../../../../src/orm/usage/budget.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";

const scope = '{"userId":"u1"}';
const unlimited: AccountLimits = {
  answersAtOnce: null,
  answersPerMinute: null,
  openSubscriptions: null,
  chatsPerMinute: null,
};
const noon = Date.UTC(2026, 0, 31, 12);
const perDay: ChatBudget = { usd: 1, per: "day" };

describeEveryDatabase((_name, open) => {
  async function start() {
    const database = await open();
    const db = Database.open(database.prisma);
    const take = async (claim: Partial<Claim>, now = noon, on = db): Promise<boolean> => {
      try {
        const given = { scope, hold: null, limits: unlimited, budget: null, ...claim };
        await on.batch([takeHold(on, given, now)]);
        return true;
      } catch (error) {
        if (!isNullViolation(error)) throw error;
        return false;
      }
    };
    const answer = (id: string, rest: Partial<Claim> = {}, hold: Partial<Hold> = {}) => ({
      hold: { id, answers: 1, ...hold },
      ...rest,
    });
    const totals = async () =>
      await database.prisma.llmAccount.findUniqueOrThrow({ where: { id: scope } });
    const connectDb = () => Database.open(database.connect());
    return { prisma: database.prisma, connectDb, db, take, answer, totals };
  }

  it("admits answers up to the limit, and again when one is released", async () => {
    const { db, take, answer, totals, prisma } = await start();
    const limits = { ...unlimited, answersAtOnce: 2 };
    expect(await take(answer("m1", { limits }, { tokens: 10, cost: 0.5, call: "{}" }))).toBe(true);
    expect(await take(answer("m2", { limits }, { tokens: 5, cost: 0.25 }))).toBe(true);
    expect(await take(answer("m3", { limits }))).toBe(false);
    expect(await totals()).toMatchObject({ scope, answers: 2, tokens: 15, cost: 0.75 });
    expect(await prisma.llmAccount.findUnique({ where: { id: "m1" } })).toMatchObject({
      scope,
      answers: 1,
      tokens: 10,
      cost: 0.5,
      call: "{}",
    });
    await db.batch(releaseHold(db, "m1"));
    await db.batch(releaseHold(db, "m1"));
    expect(await totals()).toMatchObject({ answers: 1, tokens: 5, cost: 0.25 });
    expect(await take(answer("m3", { limits }))).toBe(true);
    expect(await take({ ...answer("m4", { limits }), scope: '{"userId":"u2"}' })).toBe(true);
    expect(await prisma.llmAccount.count()).toBe(5);
    // The totals are no hold.
    await db.batch(releaseHold(db, scope));
    expect(await totals()).toMatchObject({ answers: 2 });
  });

  it("counts answers and new chats by the minute, which begins with the first one", async () => {
    const { take, answer, totals } = await start();
    const limits = { ...unlimited, answersPerMinute: 2, chatsPerMinute: 1 };
    expect(await take(answer("m1", { limits }), noon + 30_000)).toBe(true);
    expect(await take(answer("m2", { limits }), noon + 89_999)).toBe(true);
    expect(await take(answer("m3", { limits }), noon + 89_999)).toBe(false);
    expect(await take(answer("m3", { limits }), noon + 90_000)).toBe(true);
    expect(await totals()).toMatchObject({ answers: 3, answersBegun: 1, chatsMade: 0 });
    expect(await take({ limits }, noon + 90_000)).toBe(true);
    expect(await take({ limits }, noon + 149_999)).toBe(false);
    expect(await take({ limits }, noon + 150_000)).toBe(true);
    expect(await totals()).toMatchObject({ answers: 3, answersBegun: 1, chatsMade: 1 });
  });

  it("admits what costs something while settled and reserved are below the budget", async () => {
    const { db, take, answer, totals } = await start();
    const budget = perDay;
    await db.batch([addSpent(db, scope, { tokens: 70, cost: 0.7 }, noon)]);
    expect(await take(answer("m1", { budget }, { cost: 0.2 }))).toBe(true);
    expect(await take(answer("m2", { budget }, { cost: 5 }))).toBe(true);
    expect(await take(answer("m3", { budget }, { cost: 0 }))).toBe(false);
    expect(await take(answer("m3", {}, { cost: 0 }))).toBe(true);
    await db.batch([
      addSpent(db, scope, { tokens: 1, cost: 0.05 }, noon),
      ...releaseHold(db, "m2"),
    ]);
    expect(await take(answer("m4", { budget }))).toBe(true);
    expect(await totals()).toMatchObject({ spentTokens: 71n, spentCost: 0.75 });
    expect((await totals()).cost).toBeCloseTo(0.2);
    const tokens: ChatBudget = { tokens: 72, per: "day" };
    expect(await take(answer("m5", { budget: tokens }, { tokens: 1 }))).toBe(true);
    expect(await take(answer("m6", { budget: tokens }))).toBe(false);
  });

  it("begins each period with nothing spent, and keeps what is reserved", async () => {
    const { db, take, answer, totals } = await start();
    const budget = perDay;
    await take(answer("m1", { budget }, { cost: 0.4 }));
    await db.batch([addSpent(db, scope, { tokens: 1, cost: 2 }, noon)]);
    expect(await take(answer("m2", { budget }))).toBe(false);
    const midnight = Date.UTC(2026, 1, 1);
    expect(await take(answer("m2", { budget }), midnight - 1)).toBe(false);
    expect(await take(answer("m2", { budget }), midnight)).toBe(true);
    expect(await totals()).toMatchObject({
      spentCost: 0,
      cost: 0.4,
      periodStart: BigInt(midnight),
    });
    // A process whose clock is late counts as in the new period.
    await db.batch([addSpent(db, scope, { tokens: 1, cost: 0.6 }, midnight - 1)]);
    expect(await take(answer("m3", { budget }), midnight - 1)).toBe(false);
    expect(await take(answer("m3", { budget }), midnight)).toBe(false);
    await db.batch([addSpent(db, scope, { tokens: 7, cost: 0.3 }, midnight + 86_400_000)]);
    expect(await totals()).toMatchObject({ spentTokens: 7n, spentCost: 0.3 });
  });

  it("adds up the ledger when the kind of period changes", async () => {
    const { db, take, answer, totals, prisma } = await start();
    await db.batch([addSpent(db, scope, { tokens: 3, cost: 0.1 }, noon)]);
    const row = { scope, chatId: "c", kind: "answer", provider: "p", model: "m", statusCode: 200 };
    const call = { ...row, duration: 1, inputTokens: 2, outputTokens: 1 };
    await prisma.llmUsage.createMany({
      data: [
        { ...call, cost: 0.6, createdAt: new Date(Date.UTC(2026, 0, 1)) },
        { ...call, cost: 0.3, createdAt: new Date(noon) },
        { ...call, cost: null, createdAt: new Date(noon) },
        { ...call, cost: 9, createdAt: new Date(Date.UTC(2026, 0, 1) - 1) },
        { ...call, cost: 9, createdAt: new Date(noon), scope: "other" },
      ],
    });
    expect(await take(answer("m1", { budget: { usd: 0.8, per: "month" } }))).toBe(false);
    expect(await take(answer("m1", { budget: { usd: 0.91, per: "month" } }))).toBe(true);
    expect(await totals()).toMatchObject({ period: "month", spentTokens: 9n });
    expect((await totals()).spentCost).toBeCloseTo(0.9);
    expect(await take(answer("m2", { budget: { tokens: 10, per: "hour" } }))).toBe(true);
    expect(await totals()).toMatchObject({ period: "hour", spentTokens: 6n, spentCost: 0.3 });
    await db.batch([addSpent(db, scope, { tokens: 1, cost: 1 }, noon + 3_599_999)]);
    expect(await totals()).toMatchObject({ spentTokens: 7n, spentCost: 1.3 });
    await db.batch([addSpent(db, scope, { tokens: 1, cost: 1 }, noon + 3_600_000)]);
    expect(await totals()).toMatchObject({
      spentTokens: 1n,
      periodStart: BigInt(periodStart("hour", noon + 3_600_000)),
    });
  });

  it("lets the holder of subscriptions add to its hold up to the limit of the scope", async () => {
    const { take, totals, prisma } = await start();
    const limits = { ...unlimited, openSubscriptions: 3 };
    const subscribe = (id: string, expiresAt: number) =>
      take({ limits, hold: { id, subscriptions: 1, expiresAt } });
    expect(await subscribe("p1", 5)).toBe(true);
    expect(await subscribe("p1", 6)).toBe(true);
    expect(await subscribe("p2", 7)).toBe(true);
    expect(await subscribe("p2", 8)).toBe(false);
    expect(await totals()).toMatchObject({ subscriptions: 3, expiresAt: 0n, answers: 0 });
    const holds = await prisma.llmAccount.findMany({ where: { id: { not: scope } } });
    expect(holds).toMatchObject([
      { id: "p1", subscriptions: 2, expiresAt: 6n },
      { id: "p2", subscriptions: 1, expiresAt: 7n },
    ]);
  });

  it("takes and releases nothing without the condition", async () => {
    const { db, take, answer, totals, prisma } = await start();
    const never = raw("1=0");
    const claim = { scope, limits: unlimited, budget: null, hold: { id: "m1", answers: 1 } };
    await db.batch([takeHold(db, claim, noon, never)]);
    expect(await prisma.llmAccount.count()).toBe(0);
    await take(answer("m1"));
    await db.batch(releaseHold(db, "m1", never));
    expect(await totals()).toMatchObject({ answers: 1 });
  });

  it("adds up the holds again after somebody has deleted one", async () => {
    const { db, take, answer, totals, prisma } = await start();
    await take(answer("m1", {}, { tokens: 1, cost: 0.5 }));
    await take(answer("m2", {}, { tokens: 2, cost: 0.25 }));
    await prisma.llmAccount.delete({ where: { id: "m1" } });
    await db.batch([lockTotals(db, scope), addUpHolds(db, scope)]);
    expect(await totals()).toMatchObject({ answers: 1, tokens: 2, cost: 0.25 });
  });

  it("settles a call of an answer, and reserves its next one while that is below the budget", async () => {
    const { db, take, answer, totals, prisma } = await start();
    const hold = async (id = "m1") => await prisma.llmAccount.findUnique({ where: { id } });
    const next = (budget: ChatBudget, tokens: number, call: string) =>
      take({ budget, hold: { id: "m1", tokens, cost: 0.25, call, expiresAt: 7 } });
    await take(answer("m1", {}, { tokens: 40, cost: 0.5, call: "first" }));
    await take(answer("m2", {}, { tokens: 5, cost: 0.125, call: "other" }));
    const settle = (id: string) => [
      addSpent(db, scope, { tokens: 30, cost: 0.25 }, noon),
      settleCall(db, id),
    ];
    await db.batch(settle("m1"));
    expect(await hold()).toMatchObject({ answers: 1, tokens: 0, cost: 0, call: "" });
    expect(await totals()).toMatchObject({ answers: 2, tokens: 5, cost: 0.125, call: "" });
    expect(await hold("m2")).toMatchObject({ tokens: 5, call: "other" });
    // There is nothing to give back a second time, by a holder that is gone, or by the totals.
    for (const id of ["m1", "gone", scope]) await db.batch([settleCall(db, id)]);
    expect(await totals()).toMatchObject({ answers: 2, tokens: 5, cost: 0.125 });
    expect(await next({ tokens: 35, per: "day" }, 9, "second")).toBe(false);
    expect(await hold()).toMatchObject({ tokens: 0, call: "" });
    expect(await next({ tokens: 36, per: "day" }, 900, "second")).toBe(true);
    expect(await hold()).toMatchObject({ answers: 1, tokens: 900, call: "second", expiresAt: 0n });
    expect(await totals()).toMatchObject({ answers: 2, tokens: 905, cost: 0.375, call: "" });
    await db.batch([...settle("m1"), ...releaseHold(db, "m1"), ...releaseHold(db, "m2")]);
    expect(await totals()).toMatchObject({ answers: 0, tokens: 0, cost: 0, spentTokens: 60n });
    // The hold of a call whose answer has lost its own one ends by itself.
    expect(await next(perDay, 1, "stray")).toBe(true);
    expect(await hold()).toMatchObject({ answers: 0, tokens: 1, expiresAt: 7n });
  });

  it("admits one of many answers that go on at once, however clients interleave", async () => {
    const { db, connectDb, take, answer, totals } = await start();
    const clients = [db, connectDb(), connectDb()];
    const ids = Array.from({ length: 9 }, (_, index) => `m${index}`);
    for (const id of ids) await take(answer(id));
    for (let round = 1; round <= 6; round++) {
      const budget: ChatBudget = { tokens: round * 10, per: "day" };
      const calls = ids.map(async (id, index) => {
        const hold = { id, tokens: 100, cost: 0.1, call: `${round}` };
        return (await take({ budget, hold }, noon, clients[index % 3])) ? id : null;
      });
      const admitted = (await Promise.all(calls)).filter((id) => id !== null);
      expect(admitted).toHaveLength(1);
      expect(await totals()).toMatchObject({ answers: 9, tokens: 100 });
      await db.batch([
        addSpent(db, scope, { tokens: 10, cost: 0 }, noon),
        ...admitted.map((id) => settleCall(db, id)),
      ]);
      expect(await totals()).toMatchObject({ answers: 9, tokens: 0 });
    }
  });

  it("never admits more than the limits, however clients interleave", async () => {
    const { db, connectDb, take, totals, prisma } = await start();
    const clients = [db, connectDb(), connectDb()];
    const random = new SeededRandom("accounts");
    const limits = { ...unlimited, answersAtOnce: 3, openSubscriptions: 4, chatsPerMinute: 5 };
    const budget: ChatBudget = { usd: 10, per: "day" };
    let spent = 0;
    const kept: string[] = [];
    for (let round = 0; round < 12; round++) {
      const ids = Array.from({ length: 6 }, (_, index) => `r${round}-${index}`);
      const taken = await Promise.all(
        ids.map((id, index) =>
          take({ limits, budget, hold: { id, answers: 1, cost: 1.5 } }, noon, clients[index % 3]),
        ),
      );
      const opened = await Promise.all(
        clients.map((client, index) =>
          take({ limits, hold: { id: `p${index}`, subscriptions: 1, expiresAt: 1 } }, noon, client),
        ),
      );
      await Promise.all(clients.map((client) => take({ limits }, noon, client)));
      kept.push(...ids.filter((_, index) => taken[index] === true));
      void opened;
      const now = await totals();
      expect(now.answers).toBe(kept.length);
      expect(now.answers).toBeLessThanOrEqual(3);
      expect(now.subscriptions).toBeLessThanOrEqual(4);
      expect(now.chatsMade).toBeLessThanOrEqual(5);
      // Only the last one that was admitted may go over the budget.
      expect(spent + now.cost).toBeLessThan(10 + 1.5);
      const ended = kept.splice(0, random.between(0, kept.length));
      await Promise.all(
        ended.map(async (id, index) => {
          const client = clients[index % 3] ?? db;
          const cost = random.between(0, 10) / 10;
          spent += cost;
          const settle = addSpent(client, scope, { tokens: 1, cost }, noon);
          await client.batch([settle, ...releaseHold(client, id)]);
        }),
      );
      const after = await totals();
      expect(after.spentCost).toBeCloseTo(spent);
      expect(after.answers).toBe(kept.length);
      expect(after.cost).toBeCloseTo(kept.length * 1.5);
    }
    expect(await prisma.llmAccount.count({ where: { answers: 1, id: { not: scope } } })).toBe(
      kept.length,
    );
  });
});
