import { AsyncLocalStorage } from "node:async_hooks";

import { afterAll, afterEach, expect, it, vi } from "vitest";

import { harmless } from "../../../../test/support/databases/harmless-extensions.ts";
import type { Run, Statement } from "../../../../test/support/databases/open-extendable.ts";
import {
  changing,
  modelOf,
  openExtendable,
  tick,
} from "../../../../test/support/databases/open-extendable.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import type { Database } from "../database.ts";
import { plainTraits } from "../client/list-extensions.ts";
import { usedOperations } from "../client/used-operations.ts";
import { lookAgain } from "./look-again.ts";
import { readyDatabase } from "./ready-database.ts";

const { prisma: plain, open, close } = await openExtendable();

afterAll(close);
afterEach(() => void vi.useRealTimers());

const tenants = new AsyncLocalStorage<string>();

/** Opens a client whose extension does something for tenants only, and finds out what it does for others. */
async function openForTenants(extension: { readonly query: object }): Promise<Database> {
  const query = Object.fromEntries(
    Object.entries(extension.query).map(([model, runs]) => [
      model,
      Object.fromEntries(
        Object.entries(Object(runs)).map(([operation, run]) => [
          operation,
          (statement: Statement) =>
            tenants.getStore() === undefined
              ? statement.query(statement.args)
              : Reflect.apply(Object(run), null, [statement]),
        ]),
      ),
    ]),
  );
  const db = open({ query });
  await readyDatabase(db);
  await lookAgain(db);
  expect(db.traits).toMatchObject({ filtersReads: false, changesText: false });
  return db;
}

const hiding: Run = ({ args, query }) =>
  query({ ...args, where: { AND: [args["where"], { id: { not: tenants.getStore() } }] } });

it.each([
  ["filtersReads", { query: { $allModels: { findMany: hiding } } }],
  ["filtersReads", { query: { llmChat: { findMany: hiding } } }],
  ["filtersReads", { query: { llmMessage: { findMany: hiding } } }],
  [
    "changesText",
    {
      query: {
        ...changing("llmMessage", ["content"]).query,
        ...changing("llmMessageChunk", ["text"]).query,
      },
    },
  ],
  ["changesText", changing("llmChat", ["title"])],
] as const)("finds %s out that only a later caller has", async (trait, extension) => {
  const db = await openForTenants(extension);
  await tenants.run("t1", () => lookAgain(db));
  expect(db.traits).toMatchObject({ [trait]: true });
  await lookAgain(db);
  expect(db.traits).toMatchObject({ [trait]: true });
});

const roles = Object.entries(usedOperations).filter(
  ([role, operations]) =>
    // A schema has sessions of agents only when the app uses them.
    role !== "agentSession" && operations.some((one) => /^(create|update)/.test(one)),
);

/** What makes the writes of a model wrong. */
const broken: Readonly<Record<string, Run>> = {
  "that throws": () => Promise.reject(new Error("No.")),
  "that answers by itself": async () => ({ count: 0 }),
  "that runs each statement in a transaction": async ({ args, query }) =>
    (await plain.$transaction([plain.$executeRaw`SELECT 1 WHERE 1=0`, query(args) as never]))[1],
  "that changes a key": ({ args, query }) => {
    const change = (row: unknown): object => ({
      ...Object(row),
      ...("key" in Object(row) ? { key: "other" } : { id: "other", messageId: "other" }),
    });
    const { data } = args;
    return query({ ...args, data: Array.isArray(data) ? data.map(change) : change(data) });
  },
};

it.each(
  roles.flatMap(([role, operations]) =>
    Object.entries(broken).map(([what, run]) => [what, modelOf(role), operations, run] as const),
  ),
)("refuses an extension %s, for later callers, of %s", async (_, model, operations, run) => {
  const query = {
    [model]: Object.fromEntries(
      operations.filter((one) => /^(create|update)/.test(one)).map((one) => [one, run]),
    ),
  };
  const db = await openForTenants({ query });
  // One that answers by itself lets the others of its transaction wait, so the time must pass.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const failing = tenants.run("t1", () =>
    Promise.all([failureOf(lookAgain(db)), failureOf(lookAgain(db))]),
  );
  await tick();
  for (let round = 0; round < 5; round++) {
    await tick();
    await vi.advanceTimersByTimeAsync(1000);
  }
  const failures = await failing;
  vi.useRealTimers();
  for (const failure of failures)
    expect(failure).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringContaining('the extension "tested"'),
    });
  // Other callers go on.
  await lookAgain(db);
  await readyDatabase(db);
});

it.each([
  ["llmMessage", "content"],
  ["llmMessage", "parts"],
  ["llmToolCall", "arguments"],
])(
  "refuses an extension that encrypts %s.%s for later callers, but no log",
  async (model, text) => {
    const db = await openForTenants(changing(model, [text]));
    expect(await tenants.run("t1", () => failureOf(lookAgain(db)))).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringMatching(/LlmMessageChunk\.text/),
    });
  },
);

it.each(Object.entries(harmless))("takes an extension that %s", async (_, make) => {
  for (const name of ["$allOperations", "findMany", "createMany", "updateMany", "update"]) {
    const db = await openForTenants({ query: { $allModels: { [name]: make() } } });
    await tenants.run("t1", async () => {
      await lookAgain(db);
      await lookAgain(db);
    });
    expect(db.traits, name).toEqual(plainTraits);
  }
});

it("does not need the replica to look again", async () => {
  let isDown = false;
  const run: Run = async ({ operation, args, query, __internalParams: params }) => {
    if (!/^(find|groupBy|aggregate)/.test(operation) || params?.transaction !== undefined)
      return query(args);
    if (isDown) throw Object.assign(new Error("Gone."), { code: "P1001" });
    return operation === "findMany" ? [] : null;
  };
  const db = open({ query: { $allModels: { $allOperations: run } } });
  await readyDatabase(db);
  expect(db.traits.readsElsewhere).toBe(true);
  isDown = true;
  await lookAgain(db);
});

it("refuses an extension that changes what it reads for later callers", async () => {
  const run: Run = async ({ args, query }) =>
    [await query(args)].flat().map((row) => ({ ...Object(row), title: "[redacted]" }));
  const db = await openForTenants({ query: { llmChat: { findMany: run } } });
  expect(await tenants.run("t1", () => failureOf(lookAgain(db)))).toMatchObject({
    code: "CONFIGURATION",
    message: expect.stringContaining("changes what findMany of LlmChat returns"),
  });
  await lookAgain(db);
});

it("does not look again for each call", async () => {
  const seen: string[] = [];
  const run: Run = ({ operation, args, query }) => (seen.push(operation), query(args));
  const db = open({ query: { $allOperations: run } });
  await readyDatabase(db);
  seen.splice(0);
  await readyDatabase(db);
  expect(seen).toEqual([]);
  await lookAgain(db);
  const asked = seen.length;
  expect(asked).toBeGreaterThan(roles.length);
  // Two reads, and the update that is sent together with two writes.
  expect(asked).toBeLessThanOrEqual(Math.ceil(1.5 * roles.length) + 2);
});
