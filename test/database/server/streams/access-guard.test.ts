import { AsyncLocalStorage } from "node:async_hooks";

import { expect, it } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { messageNotFound } from "../../../../src/server/errors.ts";
import type { GuardTimes, Revalidate } from "../../../../src/server/streams/access-guard.ts";
import { AccessGuard } from "../../../../src/server/streams/access-guard.ts";
import type { TestDatabase } from "../../../support/databases/describe-databases.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { watchStatements } from "../../../support/databases/watch-statements.ts";

interface Context {
  readonly user: string;
}

async function startGuard(
  database: TestDatabase,
  times: Partial<GuardTimes>,
  revalidate?: Revalidate<Context>,
) {
  const statements: string[] = [];
  let isDown = false;
  const watched = watchStatements(database, (sql) => {
    statements.push(sql);
    if (isDown) throw new Error("The database is down.");
  });
  const guard = new AccessGuard<Context>(Database.open(watched.prisma), revalidate, times);
  const closing: (() => void)[] = [];
  /** Opens a subscription of a user, and returns how it has ended. */
  const subscribe = (user: string, chatId: string, scope = { userId: user }) => {
    const ends: unknown[] = [];
    const { leave } = guard.guard({
      caller: { ctx: { user }, scope },
      chatId,
      end: (error) => {
        leave();
        ends.push(error);
      },
      notFound: messageNotFound,
    });
    closing.push(leave);
    return ends;
  };
  const createChat = async (userId: string) =>
    (await database.prisma.llmChat.create({ data: { userId } })).id;
  const close = async () => {
    for (const leave of closing) leave();
    await watched.close();
  };
  const setDown = (value: boolean) => {
    isDown = value;
  };
  return { prisma: database.prisma, guard, statements, subscribe, createChat, setDown, close };
}

describeDatabases((_name, open) => {
  const start = async (times: Partial<GuardTimes>, revalidate?: Revalidate<Context>) =>
    startGuard(await open(), times, revalidate);

  it("ends the subscriptions whose chat has left the scope, and no others", async () => {
    const { prisma, subscribe, createChat, close } = await start({ checkMs: 20 });
    const given = await createChat("u1");
    const kept = await createChat("u1");
    const theirs = await createChat("u2");
    const lost = [subscribe("u1", given), subscribe("u1", given)];
    const others = [subscribe("u1", kept), subscribe("u2", theirs)];
    await prisma.llmChat.update({ where: { id: given }, data: { userId: "u2" } });
    for (const ends of lost) await expect.poll(() => ends).toMatchObject([{ code: "NOT_FOUND" }]);
    // The readers of a deleted chat are told by its answer and its notices.
    await prisma.llmChat.delete({ where: { id: kept } });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(others).toEqual([[], []]);
    await close();
  });

  it("checks with two statements at most what many readers ask about at the same time", async () => {
    const { prisma, guard, statements, createChat, close } = await start({ checkMs: 60_000 });
    const [kept, given] = [await createChat("u1"), await createChat("u1")];
    const ends: string[] = [];
    const guards = Array.from({ length: 300 }, (_, index) => {
      const chatId = index % 3 === 0 ? given : kept;
      return guard.guard({
        caller: { ctx: { user: "u1" }, scope: { userId: "u1" } },
        chatId,
        end: () => ends.push(chatId),
        notFound: messageNotFound,
      });
    });
    statements.length = 0;
    await Promise.all(guards.map(({ check }) => check()));
    expect(statements).toHaveLength(1);
    await prisma.llmChat.update({ where: { id: given }, data: { userId: "u2" } });
    statements.length = 0;
    await Promise.all(guards.map(({ check }) => check()));
    // The second one lets the database compare.
    expect(statements.filter((text) => text.startsWith("SELECT"))).toHaveLength(2);
    expect(new Set(ends)).toEqual(new Set([given]));
    expect(ends).toHaveLength(100);
    for (const { leave } of guards) leave();
    await close();
  });

  it("checks all subscriptions with one statement", async () => {
    const { statements, subscribe, createChat, close } = await start({ checkMs: 100 });
    const chats = await Promise.all(Array.from({ length: 5 }, () => createChat("u1")));
    for (let index = 0; index < 400; index++) subscribe("u1", chats[index % 5] ?? "");
    statements.length = 0;
    await expect.poll(() => statements.length).toBe(1);
    expect(statements[0]).toMatch(/^SELECT .*userId/);
    await close();
  });

  it("asks once whether a context may matter, and then nobody, when every caller sees every chat", async () => {
    const { statements, guard, createChat, close } = await start({ checkMs: 10 });
    const chatId = await createChat("u1");
    const guarded = guard.guard({
      caller: { ctx: { user: "u1" }, scope: {} },
      chatId,
      end: () => undefined,
      notFound: messageNotFound,
    });
    statements.length = 0;
    await guarded.check();
    // The check at the interval may have begun before that.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.length).toBeLessThanOrEqual(3);
    statements.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 50));
    await guarded.check();
    expect(statements).toEqual([]);
    guarded.leave();
    await close();
  });

  it("ends a subscription at its greatest age, so that its client comes again", async () => {
    const { subscribe, createChat, close } = await start({ maxAgeMs: 50 });
    const ends = subscribe("u1", await createChat("u1"));
    await expect.poll(() => ends).toMatchObject([{ code: "SERVICE_UNAVAILABLE" }]);
    await close();
  });

  it("ends a reader that does not read once, and does not look after it any more", async () => {
    const { prisma, statements, guard, createChat, close } = await start({
      maxAgeMs: 30,
      checkMs: 10,
    });
    const chatId = await createChat("u1");
    const ends: unknown[] = [];
    const { leave } = guard.guard({
      caller: { ctx: { user: "u1" }, scope: { userId: "u1" } },
      chatId,
      end: (error) => ends.push(error),
      notFound: messageNotFound,
    });
    await expect.poll(() => ends).toHaveLength(1);
    statements.length = 0;
    await prisma.llmChat.update({ where: { id: chatId }, data: { userId: "u2" } });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([ends.length, statements]).toEqual([1, []]);
    leave();
    await close();
  });

  it("asks the app in the context of the caller, and ends what it no longer allows", async () => {
    const storage = new AsyncLocalStorage<string>();
    const asked: unknown[] = [];
    const failure = new Error("Signed out");
    const { subscribe, createChat, close } = await start(
      { checkMs: 10, askMs: 20, askTimeoutMs: 30 },
      ({ ctx }) => {
        asked.push([ctx.user, storage.getStore()]);
        if (ctx.user === "thrown") throw failure;
        if (ctx.user === "stuck") return new Promise(() => undefined);
        return ctx.user === "allowed";
      },
    );
    const chatId = await createChat("u1");
    const [allowed, refused, thrown, stuck] = ["allowed", "refused", "thrown", "stuck"].map(
      (user) => storage.run(`request of ${user}`, () => subscribe(user, chatId, { userId: "u1" })),
    );
    await expect.poll(() => refused).toMatchObject([{ code: "NOT_FOUND" }]);
    await expect.poll(() => thrown).toEqual([failure]);
    await expect.poll(() => stuck).toHaveLength(1);
    expect(allowed).toEqual([]);
    expect(asked).toContainEqual(["allowed", "request of allowed"]);
    expect(asked).toContainEqual(["thrown", "request of thrown"]);
    await close();
  });

  it("ends what it cannot check for long, because access may be lost", async () => {
    const times = { checkMs: 20, maxUncheckedMs: 1_500 };
    const { subscribe, createChat, setDown, close } = await start(times);
    const ends = subscribe("u1", await createChat("u1"));
    setDown(true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    setDown(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(ends).toEqual([]);
    setDown(true);
    await expect.poll(() => ends).toMatchObject([{ code: "SERVICE_UNAVAILABLE" }]);
    setDown(false);
    await close();
  });
});

// SQLite's readers wait for nobody.
describeDatabases(
  (_name, open) => {
    it("ends what it cannot check because the database does not answer", async () => {
      const database = await open();
      const times = { checkMs: 20, askTimeoutMs: 50, maxUncheckedMs: 100 };
      const { prisma, subscribe, createChat, close } = await startGuard(database, times);
      const ends = subscribe("u1", await createChat("u1"));
      await prisma.$transaction(async (transaction) => {
        await transaction.$executeRawUnsafe('LOCK TABLE "LlmChat" IN ACCESS EXCLUSIVE MODE');
        await expect.poll(() => ends).toMatchObject([{ code: "SERVICE_UNAVAILABLE" }]);
      });
      await close();
    });
  },
  ["postgresql"],
);
