import { expect, it } from "vitest";

import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import type { PrismaClientLike } from "../../../../src/orm/database/client/prisma-client-like.ts";
import { Database } from "../../../../src/orm/database/database.ts";
import { readyDatabase } from "../../../../src/orm/database/extensions/ready-database.ts";
import { sizeBranch, sizeMessages } from "../../../../src/orm/messages/size-messages.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";
import { describeEveryDatabase } from "../../../support/databases/describe-databases.ts";

/** A text with letters of one to four bytes. */
const text = (bytes: number): string => "aä€😀".repeat(Math.ceil(bytes / 10));

const bytesOf = (...texts: readonly (string | null)[]): number =>
  texts.reduce((sum, one) => sum + Buffer.byteLength(one ?? ""), 0);

/** A client whose extension limits what is read. */
const hiding = (prisma: PrismaClient) =>
  prisma.$extends({
    name: "hides",
    query: {
      llmMessage: {
        findMany: ({ args, query }) =>
          query({ ...args, where: { AND: [args.where ?? {}, { role: { not: "hidden" } }] } }),
      },
    },
  });

const openDatabase = async (client: PrismaClientLike): Promise<Database> => {
  const db = Database.open(client);
  await readyDatabase(db);
  return db;
};

describeEveryDatabase((_name, open) => {
  it("measures what messages and their tool calls have, without reading them", async () => {
    const { prisma } = await open();
    const chat = await prisma.llmChat.create({ data: {} });
    const other = await prisma.llmChat.create({ data: {} });
    const calls = [
      { arguments: "{}", result: null, output: null, progress: null },
      { arguments: text(2_000), result: text(20), output: null, progress: text(300) },
      { arguments: "{}", result: text(50_000), output: text(200_000), progress: null },
      { arguments: "{}", result: text(70_000), output: "", progress: null },
    ];
    const ids = ["none", "one", "all", "user"];
    const own = {
      content: text(500),
      contentRaw: text(600),
      reasoning: text(700),
      thinkingText: text(800),
      thinkingSignature: text(900),
      parts: text(1_000),
    };
    await prisma.llmMessage.createMany({
      data: ids.map((id, index) => ({
        id,
        chatId: chat.id,
        role: id === "user" ? "user" : "assistant",
        position: index + 1,
        ...(id === "none" ? {} : own),
      })),
    });
    // Neither on the branch, nor among those that are asked for.
    await prisma.llmMessage.createMany({
      data: [
        { id: "inactive", chatId: chat.id, role: "assistant", position: 5, active: false, ...own },
        { id: "elsewhere", chatId: other.id, role: "assistant", position: 1, ...own },
      ],
    });
    const add = (messageId: string, chosen: typeof calls) =>
      prisma.llmToolCall.createMany({
        data: chosen.map((call, index) => ({
          ...call,
          messageId,
          toolCallId: `${messageId} ${index}`,
          name: "look",
        })),
      });
    await add("one", calls.slice(1, 2));
    await add("all", calls);
    await add("inactive", calls);
    const sizes = calls.map((call) =>
      bytesOf(
        call.arguments,
        call.result,
        // What has no output of its own is sent with its result in both places.
        call.output === null || call.output === "" ? call.result : call.output,
        call.progress,
      ),
    );
    const ownSize = bytesOf(...Object.values(own));
    const expected = new Map([
      ["none", 0],
      ["one", ownSize + (sizes[1] ?? 0)],
      ["all", ownSize + sizes.reduce((sum, size) => sum + size, 0)],
      ["user", ownSize],
    ]);
    const part = { take: 10, below: undefined, near: undefined };
    const newestFirst = ids
      .map((id, index) => ({ id, position: index + 1, bytes: expected.get(id) }))
      .toReversed();
    for (const filtersReads of [false, true]) {
      const db = await openDatabase(filtersReads ? hiding(prisma) : prisma);
      expect(db.traits.filtersReads).toBe(filtersReads);
      expect(await sizeMessages(db, ids)).toEqual(expected);
      expect(await sizeMessages(db, [])).toEqual(new Map());
      expect((await sizeBranch(db, chat.id, part)).sizes).toEqual(newestFirst);
      const middle = await sizeBranch(db, chat.id, { take: 2, below: 4, near: 4 });
      expect(middle.sizes).toEqual(newestFirst.slice(1, 3));
    }
    const db = Database.open(prisma);
    expect((await sizeBranch(db, chat.id, part)).mayLackPlaces).toBe(false);
    await prisma.llmMessage.update({ where: { id: "one" }, data: { position: null } });
    expect((await sizeBranch(db, chat.id, part)).mayLackPlaces).toBe(true);
  });

  it("finds the newest messages of a branch whatever lies between them", async () => {
    const { prisma } = await open();
    const clients = [await openDatabase(prisma), await openDatabase(hiding(prisma))];
    const random = new SeededRandom("branches");
    for (let round = 0; round < 12; round++) {
      const id = `chat-${round}`;
      // Runs of messages that are shown or not, and positions that are free.
      const rows: { readonly position: number; readonly active: boolean }[] = [];
      let position = 0;
      const runs = random.between(1, 6);
      for (let run = 0; run < runs; run++) {
        const active = random.chance(0.5);
        const length = random.between(1, random.chance(0.3) ? 400 : 20);
        for (let index = 0; index < length; index++)
          rows.push({ position: (position += random.chance(0.1) ? 30 : 1), active });
      }
      await prisma.llmChat.create({ data: { id, lastPosition: position } });
      await prisma.llmMessage.createMany({
        data: rows.map((row) => ({
          ...row,
          id: `${id} ${row.position}`,
          chatId: id,
          role: "user",
        })),
      });
      const shown = rows.filter((row) => row.active).map((row) => row.position);
      for (const take of [1, 2, 11, 51])
        for (const near of [
          undefined,
          1,
          position - random.between(0, 90),
          position,
          position + 500,
        ])
          for (const below of [undefined, random.between(1, position)]) {
            const expected = shown
              .filter((one) => below === undefined || one < below)
              .toReversed()
              .slice(0, take);
            const places = (found: readonly { readonly position?: number | null }[]) =>
              found.map((row) => row.position);
            const search = { take, below, near };
            for (const db of clients) {
              const { sizes } = await sizeBranch(db, id, search);
              expect(places(sizes), `${id} ${JSON.stringify(search)}`).toEqual(expected);
            }
          }
    }
  });
});
