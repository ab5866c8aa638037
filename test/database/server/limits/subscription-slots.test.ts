import { afterEach, expect, it, vi } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import {
  toAccountLimits,
  defaultScopeLimits,
} from "../../../../src/server/limits/account-limits.ts";
import { SubscriptionSlots } from "../../../../src/server/limits/subscription-slots.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";

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
    const { prisma } = await open();
    const limits = toAccountLimits({ ...defaultScopeLimits, openSubscriptions });
    const slots = new SubscriptionSlots(Database.open(prisma), limits);
    const totals = async () =>
      (await prisma.llmAccount.findUnique({ where: { id: scope } }))?.subscriptions;
    /** What another process does when this one has not run for a while. */
    const expire = async () => {
      await prisma.llmAccount.deleteMany({ where: { id: { not: scope } } });
      await prisma.llmAccount.update({ where: { id: scope }, data: { subscriptions: 0 } });
    };
    return { prisma, slots, renew, totals, expire };
  }

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
