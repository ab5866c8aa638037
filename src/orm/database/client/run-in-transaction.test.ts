import { expect, it } from "vitest";

import type { PrismaInternals, PrismaPromise } from "./prisma-client-like.ts";
import { runInTransaction } from "./run-in-transaction.ts";

type EngineConfig = PrismaInternals["_engineConfig"];

/** A client that records how it was asked to run queries. A query's `run` is called with what identifies a transaction. */
function open(config: Partial<NonNullable<EngineConfig>> = {}, more: object = {}) {
  const calls: string[] = [];
  const transaction = {
    _createPrismaPromise: (run: (own: unknown) => Promise<unknown>) => run("interactive"),
  };
  const client = {
    ...transaction,
    _clientVersion: "7.10.1",
    _engineConfig: { adapter: {}, compilerWasm: {}, ...config },
    $transaction: (work: unknown, options: object) => {
      calls.push(
        `${typeof work === "function" ? "interactive" : "list"} ${JSON.stringify(options)}`,
      );
      return typeof work === "function" ? work(transaction) : Promise.all(Object(work));
    },
    ...more,
  };
  // As much of a client as is used here.
  return { calls, run: runInTransaction.bind(null, client as unknown as PrismaInternals) };
}

function query(result: string, isPrismas = true): PrismaPromise<string> {
  const run = (own: unknown): Promise<string> => Promise.resolve(`${result}, ${String(own)}`);
  const promise = Object.defineProperty(Promise.resolve(result), Symbol.toStringTag, {
    value: "PrismaPromise",
  });
  // The tag is there now.
  return Object.assign(
    promise,
    isPrismas ? { requestTransaction: run } : {},
  ) as PrismaPromise<string>;
}

const options = { isolationLevel: "ReadCommitted" } as const;
const interactive = `interactive ${JSON.stringify(options)}`;
const list = `list ${JSON.stringify(options)}`;

it("runs queries one after the other in an interactive transaction", async () => {
  const { calls, run } = open();
  const results = await run([query("one"), query("two")], options);
  expect(results).toEqual(["one, interactive", "two, interactive"]);
  expect(calls).toEqual([interactive]);
});

it("runs a list whose queries have run in an interactive transaction", async () => {
  const { calls, run } = open();
  const again = query("again");
  await run([again], options);
  expect(await run([query("new"), again], options)).toEqual(["new", "again"]);
  expect(calls).toEqual([interactive, list]);
});

it("does not begin the next query when one fails", async () => {
  const { run } = open();
  const begun: string[] = [];
  const failing = Object.assign(query("fails"), {
    requestTransaction: () => Promise.reject(new Error("refused")),
  });
  const next = Object.assign(query("next"), {
    requestTransaction: () => Promise.resolve(String(begun.push("next"))),
  });
  await expect(run([failing, next], options)).rejects.toThrow("refused");
  expect(begun).toEqual([]);
});

it.each([
  ["Accelerate", { adapter: undefined }, {}],
  ["another engine", { compilerWasm: undefined }, {}],
  ["Cloudflare D1", { adapter: { adapterName: "@prisma/adapter-d1" } }, {}],
  ["Prisma 6", {}, { _clientVersion: "6.16.0" }],
  ["another version", {}, { _createPrismaPromise: undefined }],
  ["an extension", {}, { _extensions: { head: { extension: { query: {} } } } }],
])("runs a list with %s", async (_name, config, more) => {
  const { calls, run } = open(config, more);
  expect(await run([query("one"), query("two")], options)).toEqual(["one", "two"]);
  expect(calls).toEqual([list]);
});

it("runs a list when a query is not one of Prisma 7", async () => {
  const { calls, run } = open();
  expect(await run([query("one"), query("two", false)], options)).toEqual(["one", "two"]);
  expect(calls).toEqual([list]);
});
