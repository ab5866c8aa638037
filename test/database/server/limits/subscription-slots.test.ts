import { afterEach, expect, it, onTestFinished, vi } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import {
  toAccountLimits,
  defaultScopeLimits,
} from "../../../../src/server/limits/account-limits.ts";
import { SubscriptionSlots } from "../../../../src/server/limits/subscription-slots.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";

const scope = '{"userId":"u1"}';
const renewMs = 20_000;

/** Keeps what is to run at the next renewal, so that the test decides when that is. */
function holdRenewals() {
  const due: (() => void)[] = [];
  const original = globalThis.setTimeout;
  vi.spyOn(globalThis, "setTimeout").mockImplementation((task: () => void, delay?: number) => {
    if (delay !== renewMs) return original(task, delay);
    due.push(task);
    // Something that can be cleared.
    return original(() => undefined, 0);
  });
  return () => due.splice(0).forEach((renew) => renew());
}

afterEach(() => void vi.restoreAllMocks());

describeDatabases((_name, open) => {
  async function start(openSubscriptions = 50) {
    const renew = holdRenewals();
    const claims: string[] = [];
    const failure: { error?: Error } = {};
    const { prisma, close } = watchStatements(await open(), (sql) => {
      if (/^INSERT.*LlmAccount/.test(sql)) {
        claims.push(sql);
        if (failure.error !== undefined) throw failure.error;
      }
    });
    onTestFinished(close);
    const limits = toAccountLimits({ ...defaultScopeLimits, openSubscriptions });
    const slots = new SubscriptionSlots(Database.open(prisma), limits);
    const totals = async () =>
      (await prisma.llmAccount.findUnique({ where: { id: scope } }))?.subscriptions;
    /** What another process does when this one has not run for a while. */
    const expire = async () => {
      await prisma.llmAccount.deleteMany({ where: { id: { not: scope } } });
      await prisma.llmAccount.update({ where: { id: scope }, data: { subscriptions: 0 } });
    };
    return { prisma, slots, renew, totals, expire, claims, failure };
  }

  it("takes the places of subscriptions that come together with one statement", async () => {
    const { slots, totals, claims } = await start();
    const taken = await Promise.all(Array.from({ length: 40 }, () => slots.take(scope)));
    expect(await totals()).toBe(40);
    expect(claims).toHaveLength(1);
    for (const give of taken) give();
    await slots.close();
    expect(await totals()).toBe(0);
  });

  it.each([
    { before: 0, together: 80, admitted: 50 },
    { before: 45, together: 20, admitted: 5 },
    { before: 50, together: 20, admitted: 0 },
  ])(
    "admits $admitted of $together that come together after $before, and refuses the others",
    async ({ before, together, admitted }) => {
      const { slots, totals, claims } = await start();
      for (let index = 0; index < before; index++) await slots.take(scope);
      claims.length = 0;
      const results = await Promise.allSettled(
        Array.from({ length: together }, () => slots.take(scope)),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(admitted);
      expect(await totals()).toBe(50);
      // Those after the first refusal are not tried one by one.
      expect(claims.length).toBeLessThanOrEqual(admitted + 8);
      for (const result of results)
        if (result.status === "fulfilled") result.value();
        else expect(result.reason).toMatchObject({ code: "TOO_MANY_REQUESTS" });
      await slots.close();
      expect(await totals()).toBe(before);
    },
  );

  it("refuses all that come together when the database fails, and tries none of them again", async () => {
    const { slots, totals, claims, failure } = await start();
    failure.error = new Error("The disk is full.");
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => slots.take(scope)));
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(20);
    expect(claims).toHaveLength(1);
    delete failure.error;
    const give = await slots.take(scope);
    expect(await totals()).toBe(1);
    give();
    await slots.close();
  });

  it("takes its places again after they were lost, whatever the limit is", async () => {
    const { slots, renew, totals, expire } = await start(2);
    const giveBack = [await slots.take(scope), await slots.take(scope)];
    expect(await totals()).toBe(2);
    renew();
    await expire();
    renew();
    await expect.poll(totals).toBe(2);
    await expect(slots.take(scope)).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
    for (const give of giveBack) give();
    await slots.close();
    expect(await totals()).toBe(0);
  });

  it("takes them again beside one that is taken meanwhile, and counts none twice", async () => {
    const { prisma, slots, renew, totals, expire } = await start();
    await Promise.all([slots.take(scope), slots.take(scope)]);
    await expire();
    // The row is there again before the renewal looks for it, with one place of three.
    await slots.take(scope);
    expect(await totals()).toBe(1);
    renew();
    await expect.poll(totals).toBe(3);
    await expire();
    renew();
    const taken = await Promise.all([slots.take(scope), slots.take(scope)]);
    await expect.poll(totals).toBe(5);
    for (const give of taken) give();
    renew();
    await expect.poll(totals).toBe(3);
    expect(await prisma.llmAccount.findMany({ where: { id: { not: scope } } })).toMatchObject([
      { subscriptions: 3 },
    ]);
    await slots.close();
  });
});
