import { describe, expect, it } from "vitest";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { Database } from "../../../src/orm/database/database.ts";
import { readNewest } from "../../../src/orm/messages/read-branch.ts";
import { readChat } from "../../../src/orm/messages/read-chat.ts";
import { openChat } from "../../../src/orm/turn/begin/open-chat.ts";
import { readChatMessages } from "../../../src/server/chats/read-chat-messages.ts";
import { planMessagePage, readMessagePage } from "../../../src/server/chats/read-message-page.ts";
import type { TestDatabase } from "../../support/databases/describe-databases.ts";
import { describeMigrated } from "../../support/databases/describe-databases.ts";
import { watchStatements } from "../../support/databases/watch-statements.ts";

const pageSize = 50;
const longChat = 2_000;
/** More than the statistics count one by one, so that they have an average for a chat that they do not know. */
const shortChats = 125;
const shortChat = 8;
/** How many messages are written at once. */
const step = 500;
/** Where a page far from the newest one ends. */
const deepCursor = longChat / 4 - 10;

/** The place of the message with this number, counted from 1, and whether the branch that it is on is shown. */
type Shape = (
  id: (number: number) => string,
  number: number,
) => {
  readonly parentId: string | null;
  readonly active: boolean;
};

/** Chats as they may grow, by name. */
const shapes: Readonly<Record<string, Shape>> = {
  "a conversation": (id, number) => ({
    parentId: number === 1 ? null : id(number - 1),
    active: true,
  }),
  "messages without parents": () => ({ parentId: null, active: true }),
  "four answers to each question": (id, number) => ({
    parentId: number <= 5 ? null : id(number - 5 - ((number - 1) % 5)),
    active: number % 5 <= 1,
  }),
  "twelve answers to each question": (id, number) => ({
    parentId: number <= 13 ? null : id(number - 13 - ((number - 1) % 13)),
    active: number % 13 <= 1,
  }),
  "sixty messages of another branch after each two": (id, number) => ({
    parentId: number === 1 ? null : id(number - (number % 62 === 0 ? 61 : 1)),
    active: number % 62 <= 1,
  }),
  "an older branch that is shown": (id, number) => ({
    parentId: number === 1 ? null : id(number === longChat / 2 ? 1 : number - 1),
    active: number < longChat / 2,
  }),
  "an older branch that was continued": (id, number) => ({
    parentId: number === 1 ? null : id(number === longChat - 10 ? longChat / 4 : number - 1),
    active: number <= longChat / 4 || number >= longChat - 10,
  }),
  "an older branch on its second page": (id, number) => ({
    parentId: number === 1 ? null : id(number === longChat - 80 ? longChat / 4 : number - 1),
    active: number <= longChat / 4 || number >= longChat - 80,
  }),
  "a first question that was edited": (id, number) => ({
    parentId: number === 1 || number === longChat - 10 ? null : id(number - 1),
    active: number >= longChat - 10,
  }),
};

/** How many messages of the long chat the statistics have seen, besides the other chats: they choose the indexes. */
const analyzed: readonly (number | null)[] = [null, 0, 1_000, longChat];

describeMigrated((name, open) => {
  describe.each(Object.entries(shapes))("a long chat with %s", (_name, shape) => {
    it.each(analyzed)(
      "is opened with as few rows as a short one, when the statistics have seen this many of its messages: %s",
      { timeout: 30_000 },
      async (seen) => {
        const database = await open();
        // Or the statistics are those of another moment.
        if (name === "postgresql")
          await database.prisma
            .$executeRaw`ALTER TABLE "LlmMessage" SET (autovacuum_enabled = off)`;
        await writeChats(database.prisma, shape, seen);
        const positions = Array.from({ length: longChat }, (_, index) => longChat - index);
        const shown = positions.filter((number) => shape(String, number).active);
        const { opening, statements, pages } = await readPages(database);
        expect(pages).toEqual([
          shown.slice(0, pageSize),
          shown.slice(pageSize, 2 * pageSize),
          shown.filter((number) => number < deepCursor).slice(0, pageSize),
        ]);
        const isUsual = positions.slice(0, 2 * pageSize).every((number) => shown.includes(number));
        expect(statements.length).toBeLessThanOrEqual(isUsual ? 13 : 25);
        for (const statement of [...opening, ...statements])
          await expectFew(name, database.prisma, statement);
      },
    );
  });
});

/** Chats that are short, and then the chat "long". */
async function writeChats(prisma: PrismaClient, shape: Shape, seen: number | null): Promise<void> {
  const ids = [...Array.from({ length: shortChats }, (_, index) => `short-${index}`), "long"];
  await prisma.llmChat.createMany({
    data: ids.map((id) => ({ id, lastPosition: id === "long" ? longChat : shortChat })),
  });
  const messages = ids.flatMap((chatId) => {
    const id = (number: number): string => `${chatId}-${number}`;
    return Array.from({ length: chatId === "long" ? longChat : shortChat }, (_, index) => ({
      id: id(index + 1),
      chatId,
      role: index % 2 === 0 ? "user" : "assistant",
      content: "A few words. ".repeat(20),
      position: index + 1,
      ...shape(id, index + 1),
    }));
  });
  const analyzeAt = seen === null ? null : shortChats * shortChat + seen;
  for (let start = 0; start <= messages.length; start += step) {
    if (start === analyzeAt) await prisma.$executeRaw`ANALYZE`;
    await prisma.llmMessage.createMany({ data: messages.slice(start, start + step) });
  }
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * Opens the long chat for a question, and reads the newest message, the two newest pages of the long chat and one that is far from them, as the router does.
 *
 * @returns the positions of the messages of each page, the newest first.
 */
async function readPages(database: TestDatabase): Promise<{
  /** The read before a question. */
  readonly opening: readonly Statement[];
  /** Those of the pages, and of the newest message. */
  readonly statements: readonly Statement[];
  readonly pages: readonly (readonly number[])[];
}> {
  const statements: Statement[] = [];
  const watched = watchStatements(database, (text, values) => {
    statements.push({ text, values });
  });
  try {
    const db = Database.open(watched.prisma);
    const chat = await readChat(db, "long");
    statements.length = 0;
    const { head } = await openChat(db, "long");
    const opening = statements.splice(0);
    const [newest] = await readNewest(db, "long", 1, { columns: ["position"] });
    expect(head?.position).toBe(newest?.position);
    const readPage = async (cursor: string | null) => {
      const request = { cursor, limit: pageSize, maxBytes: 2_000_000 };
      const plan = await planMessagePage(db, chat, request);
      const rows = await readMessagePage(db, chat.id, plan);
      await readChatMessages(db, "long", rows);
      const positions = rows.toReversed().map((row) => row.position ?? 0);
      return { positions, next: plan.nextCursor };
    };
    const first = await readPage(null);
    expect(newest?.position).toBe(first.positions[0]);
    const second = first.next === null ? null : await readPage(first.next);
    const deep = await readPage(`p${deepCursor}`);
    return {
      opening,
      statements,
      pages: [first.positions, second?.positions ?? [], deep.positions],
    };
  } finally {
    await watched.close();
  }
}

interface PlanNode {
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
  readonly "Index Cond"?: string;
  readonly Plans?: readonly PlanNode[];
}

async function expectFew(
  name: string,
  prisma: PrismaClient,
  { text, values }: Statement,
): Promise<void> {
  if (name === "sqlite") {
    const steps = await prisma.$queryRawUnsafe<{ readonly detail: string }[]>(
      `EXPLAIN QUERY PLAN ${text}`,
      ...values,
    );
    // The newest message of `openChat`, which is one row.
    const found = steps.filter(({ detail }) => detail !== "SCAN h LEFT-JOIN");
    const details = found.map(({ detail }) => detail).join("\n");
    expect(details).not.toMatch(/SCAN|TEMP B-TREE/);
    // By all positions, it would read the messages of other branches.
    expect(details).not.toMatch(/chatId_position_key \(chatId=\? AND position[<>]/);
    return;
  }
  // A table as small as this one may be read whole, which a large one is not.
  const [, [explained]] = await prisma.$transaction([
    prisma.$executeRawUnsafe("SET LOCAL enable_seqscan = off"),
    prisma.$queryRawUnsafe<{ readonly "QUERY PLAN": readonly { readonly Plan: PlanNode }[] }[]>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
      ...values,
    ),
  ]);
  const [plan] = explained?.["QUERY PLAN"] ?? [];
  if (plan === undefined) throw new Error("PostgreSQL did not explain the statement.");
  // An older PostgreSQL would pass what this one skips: messages with a higher position, or of other branches.
  const passes = indexConditions(plan.Plan).filter(
    (one) => /"position" [<>I]/.test(one) && !/active|"position" IS NULL/.test(one),
  );
  expect(passes, text).toEqual([]);
  expect(visitedRows(plan.Plan), `${text}\n${JSON.stringify(plan, null, 1)}`).toBeLessThan(
    // The versions of a page of questions, too.
    8 * pageSize,
  );
}

/** How many rows were read, those that a filter removed included. */
function visitedRows(node: PlanNode): number {
  const own =
    node["Actual Rows"] +
    (node["Rows Removed by Filter"] ?? 0) +
    (node["Rows Removed by Index Recheck"] ?? 0);
  return Math.max(
    own * node["Actual Loops"],
    (node.Plans ?? []).reduce((sum, child) => sum + visitedRows(child), 0),
  );
}

function indexConditions(node: PlanNode): readonly string[] {
  return [...[node["Index Cond"] ?? []].flat(), ...(node.Plans ?? []).flatMap(indexConditions)];
}
