import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { afterAll, afterEach, expect, it, vi } from "vitest";

import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { openClient } from "../../../../test/support/databases/open-client.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { Database } from "../database.ts";
import { usedOperations } from "../used-operations.ts";
import { readyDatabase } from "./ready-database.ts";

const folder = mkdtempSync(join(tmpdir(), "node-llm-trpc-"));
const plain = await openMigrated();

afterAll(async () => {
  await plain.$disconnect();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => void vi.useRealTimers());

async function openMigrated(): Promise<PrismaClient> {
  const url = `file:${join(folder, "test.db")}`;
  const adapter = await new PrismaBetterSqlite3({ url }).connect();
  const migrations = join("prisma", "migrations", "sqlite");
  for (const entry of readdirSync(migrations, { withFileTypes: true }))
    if (entry.isDirectory())
      await adapter.executeScript(
        readFileSync(join(migrations, entry.name, "migration.sql"), "utf8"),
      );
  await adapter.dispose();
  return openClient(url);
}

interface Statement {
  readonly model?: string;
  readonly operation: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly query: (args: unknown) => Promise<unknown>;
}
type Run = (statement: Statement) => unknown;

/** The client with an extension. Its type depends on the client. */
const extend = (extension: object): PrismaClient =>
  plain.$extends({ name: "tested", ...extension }) as unknown as PrismaClient;
const open = (extension: object): Database => Database.open(extend(extension));

/** Lets so many statements run at once. */
function limiter(slots: number) {
  let free = slots;
  const queue: (() => void)[] = [];
  return {
    free: () => free,
    run: async <Result>(task: () => Promise<Result>): Promise<Result> => {
      if (free === 0) await new Promise<void>((resolve) => queue.push(resolve));
      else free -= 1;
      try {
        return await task();
      } finally {
        const next = queue.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** What extensions do that pass on everything as it is. */
const harmless: Readonly<Record<string, () => Run>> = {
  sync:
    () =>
    ({ args, query }) =>
      query(args),
  async:
    () =>
    async ({ args, query }) =>
      await query(args),
  "awaits first":
    () =>
    async ({ args, query }) => {
      await tick();
      return query(args);
    },
  "limits to 20 at once": () => {
    const { run } = limiter(20);
    return ({ args, query }) => run(() => query(args));
  },
  "logs and measures": () => {
    const log: unknown[] = [];
    return async ({ operation, args, query }) => {
      const from = performance.now();
      try {
        return await query(args);
      } catch (error) {
        log.push(error);
        throw error;
      } finally {
        log.push([operation, performance.now() - from]);
      }
    };
  },
  "tries again":
    () =>
    async ({ args, query }) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await query(args);
        } catch (error) {
          if (attempt === 3) throw error;
          await tick();
        }
      }
    },
  "always tries again":
    () =>
    async ({ args, query }) => {
      for (;;) {
        try {
          return await query(args);
        } catch {
          await tick();
        }
      }
    },
};

/** Each operation that this package uses, by the part of an extension that sees it. */
const components: readonly (readonly [name: string, of: (run: Run) => object])[] = [
  ...Object.entries(usedOperations).flatMap(([role, operations]) => {
    const model = `llm${{ chat: "Chat", message: "Message", toolCall: "ToolCall", request: "Request", chunk: "MessageChunk", usage: "Usage", usageDay: "UsageDay", account: "Account", agentSession: "AgentSession", attachment: "Attachment", storedFile: "StoredFile" }[role]}`;
    return [...operations, "$allOperations"].map(
      (operation) =>
        [
          `${operation} of ${model}`,
          (run: Run) => ({ query: { [model]: { [operation]: run } } }),
        ] as const,
    );
  }),
  ...[...new Set(Object.values(usedOperations).flat()), "$allOperations"].map(
    (operation) =>
      [
        `${operation} of $allModels`,
        (run: Run) => ({ query: { $allModels: { [operation]: run } } }),
      ] as const,
  ),
  ["$allOperations", (run) => ({ query: { $allOperations: run } })],
];

it.each(Object.entries(harmless))(
  "takes an extension that %s, of any operation",
  async (_, make) => {
    for (const [name, component] of components) {
      const db = open(component(make()));
      await expect(readyDatabase(db), name).resolves.toBeUndefined();
      expect(db.traits, name).toEqual({
        changesText: false,
        filtersReads: false,
        readsElsewhere: false,
        deletesElsewhere: false,
      });
    }
  },
);

it("gives back what statements hold in an extension", async () => {
  const slots = limiter(20);
  const prisma = extend({
    query: { $allOperations: ({ args, query }: Statement) => slots.run(() => query(args)) },
  });
  await readyDatabase(Database.open(prisma));
  expect(await prisma.llmChat.findMany()).toEqual([]);
  await vi.waitFor(() => expect(slots.free()).toBe(20));
});

it.each<[what: string, make: () => Run]>([
  [
    "has one slot for both statements of a transaction",
    () => {
      const slots = limiter(1);
      return ({ args, query }) => slots.run(() => query(args));
    },
  ],
  ["never passes on", () => () => new Promise(() => undefined)],
])("refuses an extension that %s, and does not wait for ever", async (_, make) => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const failing = failureOf(readyDatabase(open({ query: { $allOperations: make() } })));
  await tick();
  await vi.advanceTimersByTimeAsync(5000);
  expect(await failing).toMatchObject({
    code: "CONFIGURATION",
    message: expect.stringMatching(/"tested": it has not passed on .* within 5 seconds/),
  });
});

it.each<[what: string, run: Run, refusal: RegExp]>([
  ["answers by itself", async () => ({ count: 0 }), /transactions? (of their own|that it belongs)/],
  [
    "runs statements in its own transaction",
    async ({ args, query }) =>
      (await plain.$transaction([plain.$executeRaw`SELECT 1 WHERE 1=0`, query(args) as never]))[1],
    /transactions? (of their own|that it belongs)/,
  ],
  ["drops conditions", ({ args, query }) => query({ ...args, where: {} }), /drops the conditions/],
])("still refuses an extension of chats that %s", async (_, run, refusal) => {
  for (const model of ["llmChat", "$allModels"]) {
    const db = open({ query: { [model]: { updateMany: run } } });
    expect(await failureOf(readyDatabase(db)), model).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringMatching(refusal),
    });
  }
});
