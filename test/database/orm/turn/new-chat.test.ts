import { randomUUID } from "node:crypto";

import { expect, it, vi } from "vitest";

import { Database } from "../../../../src/orm/database/database.ts";
import { beginTurn } from "../../../../src/orm/turn/begin/begin-turn.ts";
import { RefusedClaim } from "../../../../src/orm/usage/claim-room.ts";
import type { Spending } from "../../../../src/orm/usage/spending.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { extendHarmlessly } from "../../../support/databases/extend-harmlessly.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";

const spendingOf = (scope: string, chatsPerMinute: number): Spending => ({
  scope,
  callId: randomUUID(),
  limits: {
    answersAtOnce: 1_000,
    answersPerMinute: 1_000,
    openSubscriptions: null,
    chatsPerMinute,
  },
  budget: null,
  models: [{ model: "gpt-4o", provider: "openai" }],
  newTokens: 5,
  maxHistoryTokens: 1_000,
  maxOutputTokens: 100,
});

/** A chat that its first message makes. */
function newChat(given: Readonly<Record<string, unknown>>) {
  const id = randomUUID();
  const createdAt = new Date();
  const chat = {
    id,
    model: null,
    provider: null,
    instructions: null,
    metadata: null,
    title: null,
    temperature: null,
    createdAt,
    updatedAt: createdAt,
    lastPosition: 0,
    ...given,
  };
  return { chat, head: undefined, newChat: { ...given, id, createdAt } };
}

const asked = (content: string) => ({ id: randomUUID(), content, contentRaw: null });

describeDatabases((_name, open) => {
  it("stores the same as the client's own calls", async () => {
    const { prisma } = await open();
    const random = new SeededRandom("a new chat stores the same");
    const sides = [prisma, extendHarmlessly(prisma)].map((client) => Database.open(client));
    const creates = sides.map((db) => vi.spyOn(db.chat, "create"));
    let stores = 0;
    const texts = ["", "a 'b' \"c\" \\ \n\t", "é 😀", "x".repeat(150), "$1 ? :a"];
    for (let step = 0; step < 20; step++) {
      const given = {
        ...(random.chance(0.5) ? { model: random.pick(["m", null]) } : {}),
        ...(random.chance(0.5) ? { instructions: random.pick(texts) } : {}),
        ...(random.chance(0.3) ? { title: random.pick(texts) } : {}),
        ...(random.chance(0.3) ? { temperature: 0.7 } : {}),
        ...(random.chance(0.3) ? { metadata: '{"a":"\\u0000"}' } : {}),
        ...(random.chance(0.5) ? { userId: random.pick(texts) } : {}),
      };
      const request = {
        model: "m",
        provider: random.pick(["p", null]),
        title: random.chance(0.5) ? undefined : "A title",
      };
      const content = random.pick(texts);
      const isPaid = random.chance(0.8);
      const stored = await Promise.all(
        sides.map(async (db, side) => {
          const begun = await beginTurn(db, {
            ...newChat(given),
            ...request,
            user: asked(content),
            spending: isPaid ? spendingOf(`side ${side}`, 1_000) : undefined,
          });
          const { id, createdAt, updatedAt, ...chat } = await prisma.llmChat.findUniqueOrThrow({
            where: { id: begun.chat.id },
          });
          const rows = await prisma.llmMessage.findMany({
            where: { chatId: id },
            orderBy: { position: "asc" },
          });
          return {
            chat,
            isTouched: updatedAt.getTime() === begun.assistant.createdAt.getTime(),
            isTimed: Math.abs(Date.now() - createdAt.getTime()) < 60_000,
            rows: rows.map(({ id: own, chatId, parentId, turnLock, createdAt: at, ...row }) => ({
              ...row,
              isBegun: own === begun.user?.id || own === begun.assistant.id,
              parent: rows.findIndex((other) => other.id === parentId),
              isOwn: chatId === id,
              isLocked: turnLock === id,
              isTimed: at.getTime() === begun.assistant.createdAt.getTime(),
            })),
          };
        }),
      );
      expect(stored[1]).toEqual(stored[0]);
      stores += "metadata" in given ? 1 : 0;
    }
    // Only a client that runs raw statements makes a chat without this call, unless it has metadata.
    const isRaw = sides[0]?.raw.allow("read", "chat", ["id"]);
    expect(creates.map(({ mock }) => mock.calls.length)).toEqual([
      isRaw === true ? stores : 20,
      20,
    ]);
  });

  it("writes nothing when a limit is reached", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const begin = async () =>
      await beginTurn(db, {
        ...newChat({}),
        model: "m",
        provider: "p",
        user: asked("A question"),
        spending: spendingOf("u1", 1),
      });
    await begin();
    const counts = async () => [await prisma.llmChat.count(), await prisma.llmMessage.count()];
    expect(await counts()).toEqual([1, 2]);
    const refusal = await failureOf(begin());
    expect(refusal).not.toBeInstanceOf(RefusedClaim);
    expect(refusal).toMatchObject({ code: "TOO_MANY_REQUESTS" });
    expect(await counts()).toEqual([1, 2]);
  });

  it("leaves columns to the client whose values only it can check", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    const begin = async (given: Readonly<Record<string, unknown>>) =>
      await beginTurn(db, {
        ...newChat(given),
        model: "m",
        provider: "p",
        user: asked("A question"),
      });
    const create = vi.spyOn(db.chat, "create");
    await begin({ userId: "u1" });
    expect(create).toHaveBeenCalledTimes(db.raw.allow("read", "chat", ["id"]) ? 0 : 1);
    expect(await failureOf(begin({ userId: 7 }))).toMatchObject({
      name: "PrismaClientValidationError",
    });
    expect(await prisma.llmChat.count()).toBe(1);
  });
});
