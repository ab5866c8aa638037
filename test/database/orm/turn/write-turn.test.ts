import { randomUUID } from "node:crypto";

import { expect, it } from "vitest";

import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { readChat } from "../../../../src/orm/messages/read-chat.ts";
import { beginTurn } from "../../../../src/orm/turn/begin/begin-turn.ts";
import { readHead } from "../../../../src/orm/turn/begin/head.ts";
import { openChat } from "../../../../src/orm/turn/begin/open-chat.ts";
import type { Spending } from "../../../../src/orm/usage/spending.ts";
import { selectBranch } from "../../../../src/server/chats/select-branch.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { extendHarmlessly } from "../../../support/databases/extend-harmlessly.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";

const spendingOf = (scope: string, budget: Spending["budget"]): Spending => ({
  scope,
  callId: randomUUID(),
  limits: {
    answersAtOnce: 3,
    answersPerMinute: 1_000,
    openSubscriptions: null,
    chatsPerMinute: null,
  },
  budget,
  models: [{ model: "gpt-4o", provider: "openai" }],
  newTokens: 5,
  maxHistoryTokens: 1_000,
  maxOutputTokens: 100,
});

describeDatabases((_name, open) => {
  async function start(prisma: PrismaClient) {
    const db = Database.open(prisma);
    const { id } = await prisma.llmChat.create({ data: {} });
    const user = (content: string) => ({ id: randomUUID(), content, contentRaw: null });
    const ask = async (content: string, request: object = {}) =>
      await beginTurn(db, {
        ...(await openChat(db, id)),
        user: user(content),
        model: "m",
        provider: "p",
        ...request,
      });
    const end = async () =>
      await prisma.llmMessage.updateMany({
        where: { turnLock: id },
        data: { turnLock: null, status: "complete", content: "Done." },
      });
    const read = async () =>
      await prisma.llmMessage.findMany({ where: { chatId: id }, orderBy: { position: "asc" } });
    return { db, id, user, ask, end, read };
  }

  it("stores the same as the client's own calls", async () => {
    const { prisma } = await open();
    const random = new SeededRandom("stores the same");
    const sides = [prisma, extendHarmlessly(prisma)];
    const chats = await Promise.all(sides.map(async (side) => await start(side)));
    const isRaw = chats.map(({ db }) => db.raw.allow("read", "chat", ["id"]));
    expect(isRaw).toEqual([true, false]);
    const texts = [
      "",
      "a 'b' \"c\" \\ \n\t",
      "\u2028 é 😀 \uFFFD",
      "x".repeat(100_000),
      "{}",
      "$1 ? :a",
    ];
    for (let step = 0; step < 30; step++) {
      const content = random.pick(texts);
      const budget = random.chance(0.5) ? null : ({ usd: 1_000, per: "day" } as const);
      const values = {
        contentRaw: random.chance(0.3) ? JSON.stringify([{ type: "text", text: content }]) : null,
        metadata: random.chance(0.3) ? '{"a":"\\u0000 \\ud800"}' : null,
      };
      const request = {
        model: random.pick(["m", null]),
        provider: random.pick(["p", null]),
        title: random.chance(0.5) ? undefined : "A title 😀",
        isFinishDue: random.chance(0.5),
      };
      const place = random.pick(["end", "end", "end", "again"]);
      for (const [side, { ask, user, read }] of chats.entries()) {
        const last = (await read()).findLast(({ role, active }) => role === "user" && active);
        await ask(content, {
          ...request,
          user: place === "again" && last !== undefined ? null : { ...user(content), ...values },
          ...(place === "again" && last !== undefined ? { parentId: last.id } : {}),
          spending: spendingOf(`side ${side}`, budget),
        });
      }
      const stored = await Promise.all(
        chats.map(async ({ db, id, read }, side) => {
          const rows = await read();
          const nameOf = (of: string | null): number => rows.findIndex((row) => row.id === of);
          const chat = await readChat(db, id);
          const accounts = await prisma.llmAccount.findMany({ where: { scope: `side ${side}` } });
          const held = accounts.find((account) => account.id !== account.scope);
          const total = accounts.find((account) => account.id === account.scope);
          return {
            rows: rows.map(({ id: own, chatId, parentId, turnLock, createdAt, ...row }) => ({
              ...row,
              own: nameOf(own),
              isOwn: chatId === id,
              parent: nameOf(parentId),
              isLocked: turnLock === id,
              isTimed: Math.abs(Date.now() - createdAt.getTime()) < 60_000,
              finishDueAt: row.finishDueAt?.getTime() === createdAt.getTime(),
            })),
            lastPosition: chat.lastPosition,
            title: chat.title,
            isTouched: chat.updatedAt.getTime() === rows.at(-1)?.createdAt.getTime(),
            held: held && [held.answers, held.tokens, held.cost, held.expiresAt],
            call: { ...JSON.parse(held?.call ?? "{}"), id: "", chatId: "", messageId: "" },
            total: total && [total.answers, total.tokens, total.cost, total.answersBegun],
          };
        }),
      );
      expect(stored[1]).toEqual(stored[0]);
      expect(stored[0]?.lastPosition).toBe(stored[0]?.rows.length);
      for (const { end } of chats) await end();
      await prisma.llmAccount.deleteMany();
    }
  });

  it("reads the same chat and newest message as the client's own calls", async () => {
    const { prisma } = await open();
    const random = new SeededRandom("reads the same");
    const metadata = [{}, { a: [1, "😀", null], b: { c: 0.5 } }, [], "text", 0, false];
    for (let index = 0; index < 30; index++) {
      const { db, id, ask, end } = await start(prisma);
      await prisma.llmChat.update({
        where: { id },
        data: {
          metadata: random.pick(metadata),
          title: random.pick([null, "A 'title' 😀"]),
          temperature: random.pick([null, 0, 0.7]),
          instructions: random.pick([null, "Be brief."]),
          model: random.pick([null, "m"]),
          userId: "u",
        },
      });
      for (let count = random.between(0, 3); count > 0; count--) {
        await ask("A question");
        await end();
      }
      const opened = await openChat(db, id, { userId: "u" });
      expect(opened.chat).toEqual(await prisma.llmChat.findUnique({ where: { id } }));
      const newest = await readHead(db, opened.chat, false);
      expect(opened.head?.id ?? null).toBe(newest?.id ?? null);
      expect({ ...newest, ...opened.head }).toEqual({ ...opened.head, ...newest });
      expect(await failureOf(openChat(db, id, { userId: "v" }))).toMatchObject({
        code: "NOT_FOUND",
      });
      // What Prisma refuses is not compared by the database.
      await expect(openChat(db, id, { userId: 5 })).rejects.toThrow("Invalid value provided");
    }
  });

  it("leaves the newest message to be read when only other programs have written some", async () => {
    const { prisma } = await open();
    const { db, id, ask } = await start(prisma);
    expect((await openChat(db, id)).head).toBeNull();
    const old = await prisma.llmMessage.create({
      data: { chatId: id, role: "user", content: "x" },
    });
    expect((await openChat(db, id)).head).toBeUndefined();
    expect((await ask("One?")).user).toMatchObject({ parentId: old.id, position: 2 });
  });

  for (const [side, connect] of [
    ["raw statements", (prisma: PrismaClient) => prisma],
    ["the client's own calls", extendHarmlessly],
  ] as const) {
    it(`follows the newest message when the chat has changed since it was read, with ${side}`, async () => {
      const { prisma } = await open();
      const chat = await start(connect(prisma));
      const { db, id, ask, end, read } = chat;
      await ask("One?");
      await end();
      const question = (await read())[0]?.id ?? "";
      const changes: Record<string, () => Promise<unknown>> = {
        "another turn": async () => {
          await ask("Two?");
          await end();
        },
        "another branch": async () => {
          await ask("", { user: null, parentId: question });
          await end();
        },
        "a branch that was selected": async () => {
          const first = (await read()).find(({ parentId }) => parentId === question);
          await selectBranch(db, await readChat(db, id), first?.id ?? "");
        },
      };
      for (const [what, change] of Object.entries(changes)) {
        const before = await openChat(db, id);
        await change();
        const newest = await readHead(db, await readChat(db, id), false);
        const { user } = await ask(what, before);
        expect(user, what).toMatchObject({ parentId: newest?.id });
        await end();
        const rows = await read();
        expect((await readChat(db, id)).lastPosition).toBe(rows.at(-1)?.position);
        expect(rows.filter(({ status }) => status !== "complete")).toEqual([]);
      }
    });

    it(`does not follow an answer that has ended with nothing in it, with ${side}`, async () => {
      const { prisma } = await open();
      const { db, id, ask, read } = await start(connect(prisma));
      const { user, assistant } = await ask("One?");
      const chat = await readChat(db, id);
      const head = await readHead(db, chat, false);
      expect(head).toMatchObject({ id: assistant.id, turnLock: id });
      await prisma.llmMessage.delete({ where: { id: assistant.id } });
      const next = await ask("Two?", { chat, head });
      expect(next.user).toMatchObject({ parentId: user?.id, position: 3 });
      expect(await read()).toHaveLength(3);
    });
  }

  const files = {
    added: [
      { id: randomUUID(), name: "a.txt", mediaType: "text/plain", size: 1, data: Buffer.from("a") },
    ],
    maxChatBytes: 1_000,
  };
  for (const [what, question] of [
    ["a question", {}],
    ["a question with a file", { files }],
  ] as const) {
    it(`does not let ${what} follow a message that an app has deleted, nor write in a deleted chat`, async () => {
      const { prisma } = await open();
      const { db, id, user, ask, end, read } = await start(prisma);
      const first = await ask("One?");
      await end();
      const stale = await openChat(db, id);
      await prisma.llmMessage.delete({ where: { id: first.assistant.id } });
      const spending = spendingOf("s", null);
      const next = await ask("", { ...stale, user: { ...user("Two?"), ...question }, spending });
      expect(next.user).toMatchObject({ parentId: first.user?.id, position: 3 });
      const totals = await prisma.llmAccount.findUnique({ where: { id: "s" } });
      expect(totals).toMatchObject({ answers: 1, answersBegun: 1 });
      await end();
      expect(await read()).toHaveLength(3);
      const gone = await openChat(db, id);
      await prisma.llmChat.delete({ where: { id } });
      expect(await failureOf(ask("Three?", gone))).toMatchObject({ code: "NOT_FOUND" });
      expect(await prisma.llmMessage.count()).toBe(0);
    });
  }

  it("does not take a chat for empty to which an app has added a message since", async () => {
    const { prisma } = await open();
    const { db, id, ask } = await start(prisma);
    const stale = await openChat(db, id);
    expect(stale.head).toBeNull();
    const own = await prisma.llmMessage.create({
      data: { chatId: id, role: "user", content: "x" },
    });
    const { user } = await ask("One?", { ...stale, title: "One?" });
    expect(user).toMatchObject({ parentId: own.id, position: 2 });
    expect(await readChat(db, id)).toMatchObject({ title: "x", lastPosition: 3 });
  });

  it("writes nothing when a limit is reached", async () => {
    const { prisma } = await open();
    const chats = await Promise.all(Array.from({ length: 4 }, () => start(prisma)));
    const spending = spendingOf("s", null);
    for (const { ask } of chats.slice(0, 3)) await ask("One?", { spending });
    const [, , , last] = chats;
    expect(await failureOf(last?.ask("One?", { spending }) ?? Promise.resolve())).toMatchObject({
      code: "TOO_MANY_REQUESTS",
    });
    expect(await last?.read()).toEqual([]);
    expect(await prisma.llmChat.findUnique({ where: { id: last?.id ?? "" } })).toMatchObject({
      lastPosition: 0,
    });
    const totals = await prisma.llmAccount.findUnique({ where: { id: "s" } });
    expect(totals).toMatchObject({ answers: 3, answersBegun: 3 });
  });
});
