import { AsyncLocalStorage } from "node:async_hooks";

import { afterAll, afterEach, expect, it, vi } from "vitest";

import { harmless, limiter } from "../../../../test/support/databases/harmless-extensions.ts";
import { Prisma } from "../../../../generated/sqlite/client.ts";
import type { Run, Statement } from "../../../../test/support/databases/open-extendable.ts";
import {
  changing,
  modelOf,
  openExtendable,
  tick,
} from "../../../../test/support/databases/open-extendable.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { Database } from "../database.ts";
import { usedOperations } from "../client/used-operations.ts";
import { plainTraits } from "../client/list-extensions.ts";
import { lookAgain } from "./look-again.ts";
import { readyDatabase } from "./ready-database.ts";

const { prisma: plain, extend, open, close } = await openExtendable();

afterAll(close);
afterEach(() => void vi.useRealTimers());

/** Each operation that this package uses, by the part of an extension that sees it. */
const components: readonly (readonly [name: string, of: (run: Run) => object])[] = [
  ...Object.entries(usedOperations).flatMap(([role, operations]) => {
    const model = modelOf(role);
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
      expect(db.traits, name).toEqual(plainTraits);
    }
  },
);

it.each([3, 4, 20])("looks again through a queue of %s for many callers at once", async (slots) => {
  const db = open({
    query: { $allModels: { $allOperations: harmless[`queues for ${slots} at once`]?.() } },
  });
  await readyDatabase(db);
  await Promise.all(Array.from({ length: 10 }, () => lookAgain(db)));
  expect(db.traits).toEqual(plainTraits);
});

it("tells statements that are sent again late from those that come after them", async () => {
  const errors = new Set<string>();
  const run: Run = async ({ args, query }) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await query(args);
      } catch (error) {
        // One that reached the database would fail otherwise.
        errors.add(error instanceof Error ? error.name : String(error));
        if (attempt === 5) throw error;
        for (let turn = 0; turn < attempt * 3; turn++) await tick();
      }
    }
  };
  const db = open({ query: { $allModels: { $allOperations: run } } });
  await readyDatabase(db);
  await Promise.all([lookAgain(db), lookAgain(db)]);
  for (let turn = 0; turn < 50; turn++) await tick();
  expect([...errors]).toEqual(["SentBack"]);
  expect(db.traits).toEqual(plainTraits);
});

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
  // Statements alone come first, and the event loop turns after each of them.
  for (let round = 0; round < 20; round++) await tick();
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

it.each([
  ["llmMessage", "content", /LlmMessageChunk\.text/],
  ["llmMessage", "thinkingText", /LlmMessageChunk\.text/],
  ["llmMessage", "parts", /LlmMessageChunk\.text/],
  ["llmMessage", "metadata", null],
  ["llmToolCall", "arguments", /LlmMessageChunk\.text/],
  ["llmToolCall", "progress", /LlmMessageChunk\.text/],
  ["llmToolCall", "result", null],
  ["llmChat", "title", null],
])("knows whether %s.%s is in the log as well", async (model, column, refusal) => {
  const db = open(changing(model, [column]));
  if (refusal === null) await readyDatabase(db);
  else
    expect(await failureOf(readyDatabase(db))).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringMatching(refusal),
    });
  expect(db.traits.changesText).toBe(refusal === null && column !== "result");
});

// A schema has sessions of agents only when the app uses them.
const counted = Object.entries(usedOperations).flatMap(([role, operations]) =>
  (role === "agentSession" ? [] : operations)
    .filter((one) => one === "updateMany" || one === "deleteMany")
    .map((operation) => [operation, modelOf(role)] as const),
);

it.each(counted)("refuses an extension that changes what %s of %s returns", async (one, model) => {
  for (const result of [undefined, null, 0, [], { count: 1 }]) {
    const run: Run = async ({ args, query }) => (await query(args), result);
    for (const name of [model, "$allModels"])
      expect(
        await failureOf(readyDatabase(open({ query: { [name]: { [one]: run } } }))),
      ).toMatchObject({
        code: "CONFIGURATION",
        message: expect.stringMatching(/changes what \w+ of Llm\w+ returns/),
      });
  }
});

// https://www.npmjs.com/package/@prisma/extension-accelerate (2.0.2) does this with each method that reads.
it.each(["findMany", "findFirst", "groupBy", "aggregate"])(
  "refuses a method that calls the client below, as Accelerate's %s does",
  async (operation) => {
    const below = function (this: unknown, args: unknown): unknown {
      const { $parent, $name }: { readonly $parent?: unknown; readonly $name?: string } =
        Prisma.getExtensionContext(Object(this));
      const delegate: unknown = Reflect.get(Object($parent), String($name));
      return Reflect.apply(Reflect.get(Object(delegate), operation), delegate, [args]);
    };
    const db = open({ model: { $allModels: { [operation]: below } } });
    expect(await failureOf(readyDatabase(db))).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringMatching(
        new RegExp(`"tested": it keeps ${operation} of Llm\\w+ from the database`),
      ),
    });
  },
);

it("refuses a row of a new chat that lacks columns", async () => {
  const run: Run = async ({ args, query }) => {
    const { id }: { readonly id?: unknown } = Object(await query(args));
    return { id };
  };
  const db = open({ query: { llmChat: { create: run } } });
  await readyDatabase(db);
  expect(await failureOf(db.createChat({ id: "new" }))).toMatchObject({
    code: "CONFIGURATION",
    message: expect.stringMatching(/"tested": it returns a new row of LlmChat without/),
  });
});

it("refuses the client of an interactive transaction in words", async () => {
  const pass: Run = ({ args, query }) => query(args);
  for (const prisma of [plain, extend({ query: { $allOperations: pass } })])
    await prisma.$transaction(async (transaction) => {
      expect(() => Database.open(transaction as typeof plain)).toThrow(
        expect.objectContaining({
          code: "CONFIGURATION",
          message: expect.stringContaining("inside an interactive transaction"),
        }),
      );
    });
});

it("does not mind what happens to operations that are not used", async () => {
  const create = (): never => {
    throw new Error("Use createMany.");
  };
  const extensions = [
    { model: { llmMessage: { create: async () => null } } },
    { model: { llmMessage: { create } } },
    { query: { llmMessage: { create } } },
  ];
  for (const extension of extensions)
    await expect(readyDatabase(open(extension))).resolves.toBeUndefined();
});

const tenants = new AsyncLocalStorage<string>();

it("does not refuse a caller for the context of another one", async () => {
  const db = open({
    query: {
      $allModels: {
        $allOperations: async ({ args, query }: Statement) => {
          await tick();
          if (tenants.getStore() === undefined) throw new Error("There is no tenant.");
          return query(args);
        },
      },
    },
  });
  const outcomes = await Promise.allSettled([
    readyDatabase(db),
    tenants.run("t1", () => readyDatabase(db)),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});

/** What the checks of a model refuse: what an extension does to the first and to the last of its operations. */
const refused = [
  ...Object.entries(usedOperations)
    .filter(([role]) => role !== "agentSession")
    .flatMap(([role, operations]) =>
      [...new Set([...operations.slice(0, 1), ...operations.slice(-1)])].map(
        (operation): [string, string, Run] => [
          modelOf(role),
          operation,
          () => Promise.reject(new Error("No.")),
        ],
      ),
    ),
  ["llmMessage", "update", halfEncrypted(["update"])],
  ["llmMessage", "$allOperations", halfEncrypted()],
] as const;

function halfEncrypted(operations?: readonly string[]): Run {
  return (
    changing("llmMessage", ["content"], operations).query["llmMessage"]?.$allOperations ?? tick
  );
}

/** The models whose statements are checked together. Another one is updated with each of them. */
function askedWith(model: string): readonly string[] {
  const logged = ["llmMessage", "llmToolCall", "llmMessageChunk"];
  if (model === "llmChat") return ["llmChat", "llmMessage"];
  return ["llmChat", ...(logged.includes(model) ? logged : [model])];
}

it.each(refused)("asks again only for %s when %s was refused", async (model, operation, run) => {
  let [isMended, isOut] = [false, false];
  const seen: string[] = [];
  const db = open({
    query: {
      $allModels: {
        $allOperations: (statement: Statement) => {
          const { model: name = "", args, query } = statement;
          const seenModel = name.replace("Llm", "llm");
          seen.push(seenModel);
          const isRun =
            seenModel === model && [statement.operation, "$allOperations"].includes(operation);
          if (!isRun || isMended) return query(args);
          if (isOut) throw Object.assign(new Error("Gone."), { code: "P1001" });
          return run(statement);
        },
      },
    },
  });
  isOut = true;
  expect(await failureOf(readyDatabase(db))).toMatchObject({ code: "P1001" });
  isOut = false;
  // An outage is not remembered.
  const first = await failureOf(readyDatabase(db));
  expect(first).toMatchObject({ code: "CONFIGURATION" });
  seen.splice(0);
  const others = await Promise.all(Array.from({ length: 5 }, () => failureOf(readyDatabase(db))));
  for (const other of others) expect(String(other)).toBe(String(first));
  expect(seen.filter((one) => !askedWith(model).includes(one))).toEqual([]);
  isOut = true;
  expect(await failureOf(readyDatabase(db))).toMatchObject({ code: "P1001" });
  isOut = false;
  expect(String(await failureOf(readyDatabase(db)))).toBe(String(first));
  isMended = true;
  await readyDatabase(db);
  seen.splice(0);
  await readyDatabase(db);
  expect(seen).toEqual([]);
});
