import { expect, it } from "vitest";

import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { readyDatabase } from "../../../../src/orm/database/extensions/ready-database.ts";
import { branchThrough, branchTo } from "../../../../src/orm/messages/branch-to.ts";
import {
  describeDatabases,
  describeEveryDatabase,
} from "../../../support/databases/describe-databases.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";

interface Message {
  readonly id: string;
  readonly position: number;
  readonly parentId: string | null;
}

/** A chat with branches, of which the last one is active. Positions have gaps, and some parents are gone. */
function plant(chatId: string, random: SeededRandom, count: number): readonly Message[] {
  const messages: Message[] = [];
  let position = 0;
  for (let index = 0; index < count; index++) {
    const isNew = random.chance(0.2);
    const parent = isNew ? random.pick([null, ...messages]) : (messages.at(-1) ?? null);
    const isGone = random.chance(0.05);
    position += random.pick([1, 1, 1, 2, 5]);
    const parentId = isGone ? "gone" : (parent?.id ?? null);
    messages.push({ id: `${chatId} ${index}`, position, parentId });
  }
  return messages;
}

/** The messages on the branch that ends at a message, as the active ones are. */
function branchOf(
  messages: readonly Message[],
  leaf: Message | undefined,
  active: ReadonlySet<string>,
): ReadonlySet<string> {
  const branch = new Set<string>();
  for (let message = leaf; message !== undefined;) {
    const { id, parentId, position } = message;
    branch.add(id);
    if (parentId === null) break;
    message =
      messages.find((one) => one.id === parentId) ??
      messages.findLast((one) => one.position < position && active.has(one.id));
  }
  return branch;
}

function newestReply(messages: readonly Message[], from: Message): Message {
  const child = messages.findLast(({ parentId }) => parentId === from.id);
  return child === undefined ? from : newestReply(messages, child);
}

async function write(prisma: PrismaClient, chatId: string, messages: readonly Message[]) {
  const active = branchOf(messages, messages.at(-1), new Set());
  const lastPosition = messages.at(-1)?.position ?? 0;
  await prisma.llmChat.create({ data: { id: chatId, lastPosition } });
  for (let start = 0; start < messages.length; start += 2_000)
    await prisma.llmMessage.createMany({
      data: messages.slice(start, start + 2_000).map((message) => ({
        ...message,
        chatId,
        role: "user",
        active: active.has(message.id),
      })),
    });
  return active;
}

const activeIds = async (prisma: PrismaClient, chatId: string) => {
  const rows = await prisma.llmMessage.findMany({ where: { chatId, active: true } });
  return new Set(rows.map(({ id }) => id));
};

describeEveryDatabase((_name, open) => {
  it("makes the branch of any message the active one, and leaves newer messages alone", async () => {
    const { prisma } = await open();
    const db = Database.open(prisma);
    for (let seed = 1; seed <= 6; seed++) {
      const random = new SeededRandom(`branches ${seed}`);
      const chatId = `chat ${seed}`;
      const messages = plant(chatId, random, 60);
      let active = await write(prisma, chatId, messages);
      for (let step = 1; step <= 8; step++) {
        const message = random.pick(messages);
        const isThrough = random.chance(0.5);
        const leaf = isThrough ? newestReply(messages, message) : message;
        const isNone = !isThrough && random.chance(0.1);
        active = isNone ? new Set() : branchOf(messages, leaf, active);
        const queries = isThrough
          ? await branchThrough(db, chatId, message.id)
          : await branchTo(db, chatId, isNone ? null : message.id);
        // Those that the same transaction has added before.
        const added = `${chatId} added ${step}`;
        const position = 1_000 + step;
        await prisma.llmMessage.create({ data: { id: added, chatId, role: "user", position } });
        if (queries.length > 0) await db.batch(queries);
        const found = await activeIds(prisma, chatId);
        expect(found).toEqual(new Set([...active, added]));
        await prisma.llmMessage.delete({ where: { id: added } });
        if (isThrough) expect(await branchThrough(db, chatId, message.id)).toEqual([]);
      }
    }
    const foreign = branchTo(db, "chat 1", "chat 2 0");
    await expect(foreign).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(branchThrough(db, "chat 1", "none")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describeDatabases((_name, open) => {
  it.each([
    ["one after the other", 1],
    ["message by message", 2],
  ])(
    "reads and writes a long chat with branches %s in short steps",
    { timeout: 60_000 },
    async (_shape, step) => {
      const { prisma } = await open();
      const count = 6_000;
      const half = count / 2;
      const messages = Array.from({ length: count }, (_, index) => {
        const isFirst = step === 1 ? index % half === 0 : index < step;
        const parentId = isFirst ? null : `m${index - step}`;
        return { id: `m${index}`, position: index + 1, parentId };
      });
      await write(prisma, "long", messages);
      let turns = 0;
      const rows: { readonly length: number; readonly turn: number }[] = [];
      const counted = prisma.$extends({
        query: {
          llmMessage: {
            findMany: async ({ args, query }) => {
              const found = await query(args);
              // Reading the newest message is not one of the steps.
              if (args.take !== 1) rows.push({ length: found.length, turn: turns });
              return found;
            },
          },
        },
      });
      const db = Database.open(counted);
      await readyDatabase(db);
      rows.length = 0;
      let isOver = false;
      const turn = (): void => {
        turns++;
        if (!isOver) setImmediate(turn);
      };
      turn();
      const queries = await branchThrough(db, "long", step === 1 ? "m0" : "m1");
      const back = await branchThrough(db, "long", step === 1 ? "m5" : "m0");
      isOver = true;
      expect(rows.length).toBeGreaterThan(5);
      expect(Math.max(...rows.map(({ length }) => length))).toBeLessThanOrEqual(1_000);
      // Something else can run between any two of them.
      expect(new Set(rows.map((one) => one.turn)).size).toBe(rows.length);
      expect(queries.length + back.length).toBeLessThanOrEqual(2 + half / 500);
      await db.batch(back);
      const first = messages.filter((_, index) => (step === 1 ? index < half : index % 2 === 0));
      expect(await activeIds(prisma, "long")).toEqual(new Set(first.map(({ id }) => id)));
    },
  );
});
