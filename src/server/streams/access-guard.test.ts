import { AsyncLocalStorage } from "node:async_hooks";

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ContextNeed } from "../../orm/database/context-need.ts";
import type { Database } from "../../orm/database/database.ts";
import { messageNotFound } from "../errors.ts";
import { AccessGuard } from "./access-guard.ts";

// A machine with much else to do is slow at calling many timers.
vi.setConfig({ testTimeout: 30_000 });

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Where {
  readonly id: string | { readonly in: readonly string[] };
  readonly userId?: string;
}

/** A database whose statements take some time, on a clock that the test turns. */
function slowDatabase(statementMs: number, isContextual: boolean) {
  const owners = new Map<string, string>();
  const count = { statements: 0, running: 0, most: 0 };
  const answer = async <Result>(read: () => Result): Promise<Result> => {
    count.statements++;
    count.most = Math.max(count.most, ++count.running);
    await new Promise((resolve) => setTimeout(resolve, statementMs));
    count.running--;
    return read();
  };
  const find = ({ id, userId }: Where) =>
    (typeof id === "string" ? [id] : id.in)
      .map((one) => ({ id: one, userId: owners.get(one) }))
      .filter((row) => row.userId !== undefined && (userId ?? row.userId) === row.userId);
  const contextNeed = new ContextNeed(isContextual);
  const db = {
    contextNeed,
    get isContextual() {
      return contextNeed.isKnown;
    },
    ledger: null,
    raw: { finds: () => false },
    chat: {
      findMany: ({ where }: { where: Where }) => answer(() => find(where)),
      findFirst: ({ where }: { where: Where }) => answer(() => find(where)[0] ?? null),
    },
  };
  // Only what the guard uses.
  return { db: db as unknown as Database, owners, count };
}

/** A subscription of a chat that the database finds, and how it has ended. */
function guardOne(db: Database) {
  const guard = new AccessGuard<null>(db);
  const ends: unknown[] = [];
  const guarded = guard.guard({
    caller: { ctx: null, scope: { userId: "u1" } },
    chatId: "chat0",
    end: (error) => ends.push(error),
    notFound: messageNotFound,
  });
  return { check: guarded.check, ends };
}

/** Opens subscriptions, takes every tenth chat away after 12 s, and counts what is still open after a minute more. */
async function revoke(subscriptions: number, statementMs: number, isContextual: boolean) {
  const { db, owners, count } = slowDatabase(statementMs, isContextual);
  const guard = new AccessGuard<null>(db);
  const open = new Map<string, string>();
  for (let index = 0; index < subscriptions; index++) {
    const chatId = `chat${index}`;
    owners.set(chatId, "u1");
    const caller = { ctx: null, scope: { userId: "u1" } };
    open.set(chatId, "open");
    guard.guard({
      caller,
      chatId,
      end: (error) => open.set(chatId, String(error)),
      notFound: messageNotFound,
    });
  }
  await vi.advanceTimersByTimeAsync(12_000);
  const lost = [...open.keys()].filter((_, index) => index % 10 === 0);
  for (const chatId of lost) owners.set(chatId, "u2");
  await vi.advanceTimersByTimeAsync(60_000);
  const ends = (chats: readonly string[]) => [...new Set(chats.map((chatId) => open.get(chatId)))];
  const kept = [...open.keys()].filter((chatId) => !lost.includes(chatId));
  return { lost: ends(lost), kept: ends(kept), count };
}

const notFound = expect.stringContaining("There is no such message");
const unchecked = expect.stringContaining("access to this chat could not be checked");

it("ends every subscription within a minute, however many there are, and checks them in time", async () => {
  const { lost, kept, count } = await revoke(20_000, 1_000, false);
  expect(lost).toEqual([notFound]);
  expect(kept).toEqual(["open"]);
  expect(count.most).toBeLessThanOrEqual(4);
});

it("ends them when each one takes a statement of its own, too", async () => {
  const { lost, kept, count } = await revoke(1_000, 100, true);
  expect(lost).toEqual([notFound]);
  expect(kept).toEqual(["open"]);
  expect(count.most).toBeLessThanOrEqual(16);
});

it("ends what it cannot check within a minute, because the database has more to do than it can", async () => {
  const { lost, kept } = await revoke(500, 5_000, true);
  expect(lost).not.toContain("open");
  // The others come again.
  expect(kept).toEqual(expect.arrayContaining([unchecked]));
});

it("ends them when the database does not answer at all", async () => {
  const { lost, kept } = await revoke(10, 600_000, false);
  expect([...lost, ...kept]).toEqual([unchecked, unchecked]);
});

it("believes a check only if the database has said so since it was asked for", async () => {
  const { db, owners } = slowDatabase(1_500, false);
  owners.set("chat0", "u1");
  const { check, ends } = guardOne(db);
  const first = check();
  await vi.advanceTimersByTimeAsync(1_000);
  // The check that is running may have read before what it is asked about.
  const second = check();
  owners.set("chat0", "u2");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await first).toBe(false);
  expect(await second).toBe(false);
  expect(ends).toMatchObject([{ code: "NOT_FOUND" }]);

  const slow = slowDatabase(2_500, false);
  slow.owners.set("chat0", "u1");
  const late = guardOne(slow.db).check();
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await late).toBe(false);
});

it("asks in the context of a caller what is refused outside of any", async () => {
  const storage = new AsyncLocalStorage<string>();
  const { db, owners } = slowDatabase(1, false);
  owners.set("chat0", "u1");
  const refuse = () => Promise.reject(new Error("There is no tenant."));
  const { findMany, findFirst } = db.chat;
  const noteRefusal = vi.spyOn(db.contextNeed, "noteRefusal");
  const inTenant = <Args, Result>(find: (args: Args) => Promise<Result>) => {
    return (args: Args) => (storage.getStore() === undefined ? refuse() : find(args));
  };
  Object.assign(db.chat, { findMany: inTenant(findMany), findFirst: inTenant(findFirst) });
  const { check, ends } = storage.run("tenant", () => guardOne(db));
  const checked = check();
  await vi.advanceTimersByTimeAsync(2_000);
  expect([await checked, ends]).toEqual([true, []]);
  expect(noteRefusal).toHaveBeenCalledOnce();
});

it("does not hold a chat for hidden that it has missed once", async () => {
  const { db, owners } = slowDatabase(1, false);
  owners.set("chat0", "u1");
  const { findMany } = db.chat;
  let misses = 1;
  Object.assign(db.chat, {
    findMany: (args: Parameters<typeof findMany>[0]) =>
      misses-- > 0 ? Promise.resolve([]) : findMany(args),
  });
  const { check, ends } = guardOne(db);
  const checked = check();
  await vi.advanceTimersByTimeAsync(2_000);
  expect([await checked, db.contextNeed.isKnown, ends]).toEqual([true, false, []]);
});
