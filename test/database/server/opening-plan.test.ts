import { describe, expect, it } from "vitest";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { Database } from "../../../src/orm/database/database.ts";
import { readChat } from "../../../src/orm/messages/read-chat.ts";
import { readChatMessages } from "../../../src/server/chats/read-chat-messages.ts";
import { planMessagePage, readMessagePage } from "../../../src/server/chats/read-message-page.ts";
import type { TestDatabase } from "../../support/databases/describe-databases.ts";
import { describeMigrated } from "../../support/databases/describe-databases.ts";
import { watchStatements } from "../../support/databases/watch-statements.ts";

const pageSize = 50;
const longChat = 3_000;

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
  "an older branch that is shown": (id, number) => ({
    parentId: number === 1 ? null : id(number === longChat / 2 ? 1 : number - 1),
    active: number < longChat / 2,
  }),
};

describeMigrated((name, open) => {
  describe.each(Object.entries(shapes))("a long chat with %s", (_name, shape) => {
    it("is opened with as few rows as a short one", { timeout: 30_000 }, async () => {
      const database = await open();
      await writeChats(database.prisma, shape);
      // The planner may choose other indexes when it has statistics.
      for (const prepare of ["SELECT 1", "ANALYZE"]) {
        await database.prisma.$executeRawUnsafe(prepare);
        const { statements, rows } = await openChat(database);
        expect(rows).toBe(pageSize);
        for (const statement of statements) await expectFew(name, database.prisma, statement);
      }
    });
  });
});

/** The chat "long", among others that are short. */
async function writeChats(prisma: PrismaClient, shape: Shape): Promise<void> {
  const ids = ["long", ...Array.from({ length: 50 }, (_, index) => `short-${index}`)];
  await prisma.llmChat.createMany({
    data: ids.map((id) => ({ id, lastPosition: id === "long" ? longChat : pageSize })),
  });
  for (const chatId of ids) {
    const id = (number: number): string => `${chatId}-${number}`;
    const numbers = Array.from(
      { length: chatId === "long" ? longChat : pageSize },
      (_, index) => index + 1,
    );
    for (let start = 0; start < numbers.length; start += 1_000)
      await prisma.llmMessage.createMany({
        data: numbers.slice(start, start + 1_000).map((number) => ({
          id: id(number),
          chatId,
          role: number % 2 === 1 ? "user" : "assistant",
          content: "A few words. ".repeat(20),
          position: number,
          ...shape(id, number),
        })),
      });
  }
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Reads the newest page of the long chat as the router does. */
async function openChat(
  database: TestDatabase,
): Promise<{ readonly statements: readonly Statement[]; readonly rows: number }> {
  const statements: Statement[] = [];
  const watched = watchStatements(database, (text, values) => {
    statements.push({ text, values });
  });
  try {
    const db = Database.open(watched.prisma);
    const chat = await readChat(db, "long");
    statements.length = 0;
    const request = { cursor: null, limit: pageSize, maxBytes: 2_000_000 };
    const plan = await planMessagePage(db, chat, request);
    const rows = await readMessagePage(db, chat.id, plan);
    await readChatMessages(db, "long", rows);
    return { statements, rows: rows.length };
  } finally {
    await watched.close();
  }
}

interface PlanNode {
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly "Rows Removed by Index Recheck"?: number;
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
    const details = steps.map(({ detail }) => detail).join("\n");
    expect(details).not.toMatch(/SCAN|TEMP B-TREE/);
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
  expect(visitedRows(plan.Plan), `${text}\n${JSON.stringify(plan, null, 1)}`).toBeLessThan(
    5 * pageSize,
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
