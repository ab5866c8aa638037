import { createLLM } from "@node-llm/core";
import { expect, it } from "vitest";

import { createChat } from "node-llm-trpc/orm";
import { createScriptedProvider } from "node-llm-trpc/testing";
import type { PrismaClient } from "../../../../generated/sqlite/client.ts";
import { readText } from "../../../support/clients/read-text.ts";
import { describeDatabases } from "../../../support/databases/describe-databases.ts";
import { failureOf } from "../../../support/failure-of.ts";
import { createAppRouter } from "../../../support/servers/create-app-router.ts";

type RawOperation = "$queryRawUnsafe" | "$executeRawUnsafe";

/** A raw statement as an extension gets it. */
interface Raw {
  readonly client: PrismaClient;
  readonly operation: RawOperation;
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly run: (sql: string, values: readonly unknown[]) => Promise<unknown>;
}

type Change = (raw: Raw) => unknown;

const forbidden = new Error("Raw statements are forbidden.");

/** What extensions do to raw statements, and whether this package can live with it. */
const changes: Readonly<Record<string, readonly [outcome: RegExp | "works", change: Change]>> = {
  "refuses all": [/throws an error at raw statements/, () => Promise.reject(forbidden)],
  "throws at all at once": [
    /throws an error at raw statements/,
    () => {
      throw forbidden;
    },
  ],
  "refuses queries": [
    /throws an error at raw statements \(\$queryRawUnsafe/,
    ({ operation, sql, values, run }) =>
      operation === "$queryRawUnsafe" ? Promise.reject(forbidden) : run(sql, values),
  ],
  "refuses changes": [
    /throws an error at raw statements \(\$executeRawUnsafe/,
    ({ operation, sql, values, run }) =>
      operation === "$executeRawUnsafe" ? Promise.reject(forbidden) : run(sql, values),
  ],
  "refuses a table": [
    /throws an error at raw statements/,
    ({ sql, values, run }) =>
      sql.includes("LlmMessage") ? Promise.reject(forbidden) : run(sql, values),
  ],
  "refuses INSERT": [
    /throws an error at raw statements \(\$executeRawUnsafe with INSERT/,
    ({ sql, values, run }) =>
      sql.startsWith("INSERT") ? Promise.reject(forbidden) : run(sql, values),
  ],
  "changes the SQL": [
    /changes raw statements/,
    ({ sql, values, run }) => run(`${sql} AND 1=1`, values),
  ],
  "changes the values": [
    /changes raw statements/,
    ({ sql, values, run }) =>
      run(
        sql,
        values.map((value) => `${String(value)}!`),
      ),
  ],
  "answers by itself": [
    /does not pass on raw statements/,
    ({ operation }) => Promise.resolve(operation === "$queryRawUnsafe" ? [] : 0),
  ],
  "answers from a cache": [/does not pass on raw statements/, cached()],
  "goes around the transaction": [
    /does not pass on raw statements/,
    ({ client, operation, sql, values }) => client[operation](sql, ...values),
  ],
  "runs each in a transaction of its own": [
    /does not pass on raw statements/,
    async ({ client, sql, values, run }) => {
      const [, result] = await client.$transaction([
        client.$executeRaw`SELECT 1 WHERE 1=0`,
        // It is a Prisma promise.
        run(sql, values) as never,
      ]);
      return result;
    },
  ],
  "returns nothing": [
    /changes what .* returns/,
    async ({ sql, values, run }) => {
      await run(sql, values);
    },
  ],
  "renames columns": [
    /changes what .*\$queryRawUnsafe.* returns/,
    async ({ sql, values, run }) => {
      const result = await run(sql, values);
      if (!Array.isArray(result)) return result;
      return result.map((row: object) =>
        Object.fromEntries(Object.entries(row).map(([key, value]) => [key.toLowerCase(), value])),
      );
    },
  ],
  "changes texts that are read": [
    /changes what .*\$queryRawUnsafe.* returns/,
    async ({ sql, values, run }) => {
      const result = await run(sql, values);
      return JSON.parse(
        JSON.stringify(result, (_, value) => (typeof value === "string" ? "***" : value)),
      );
    },
  ],
  watches: ["works", ({ sql, values, run }) => run(sql, values)],
  "adds a comment": [
    "works",
    ({ sql, values, run }) => run(`${sql} /*traceparent='00-1-2-01'*/`, values),
  ],
};

/** Answers what it was asked before from memory. */
function cached(): Change {
  const known = new Map<string, unknown>();
  return async ({ operation, sql, values, run }) => {
    if (operation === "$executeRawUnsafe") return run(sql, values);
    const key = JSON.stringify([sql, values]);
    if (!known.has(key)) known.set(key, await run(sql, values));
    return known.get(key);
  };
}

interface Statement {
  readonly model?: string;
  readonly operation: RawOperation;
  readonly args: unknown;
  readonly query: (args: unknown) => Promise<unknown>;
}

const rawOperations: readonly RawOperation[] = ["$queryRawUnsafe", "$executeRawUnsafe"];

/** The components of an extension that get raw statements. */
const components: Readonly<Record<string, (client: PrismaClient, change: Change) => object>> = {
  "by operation": (client, change) => ({
    query: Object.fromEntries(
      rawOperations.map((one) => [one, (statement: Statement) => pass(client, change, statement)]),
    ),
  }),
  "by $allOperations": (client, change) => ({
    query: {
      $allOperations: (statement: Statement) =>
        statement.model === undefined
          ? pass(client, change, statement)
          : statement.query(statement.args),
    },
  }),
  "by method": (client, change) => ({
    client: Object.fromEntries(
      rawOperations.map((operation) => [
        operation,
        (sql: string, ...values: readonly unknown[]) =>
          change({
            client,
            operation,
            sql,
            values,
            run: (text, bound) => client[operation](text, ...bound),
          }),
      ]),
    ),
  }),
};

function pass(
  client: PrismaClient,
  change: Change,
  { operation, args, query }: Statement,
): unknown {
  const [sql, ...values]: readonly unknown[] = Array.isArray(args) ? args : [];
  const run = (text: string, bound: readonly unknown[]) => query([text, ...bound]);
  return change({ client, operation, sql: String(sql), values, run });
}

describeDatabases((name, open) => {
  const converse = async (prisma: PrismaClient) => {
    const provider = createScriptedProvider([["One."], ["Two."]]);
    const llm = createLLM({ provider, retry: { attempts: 1 } });
    const chat = await createChat(prisma, llm, { userId: "u1" });
    await chat.ask("First?");
    await readText(chat.askStream("Second?"));
    const router = createAppRouter(prisma, llm, { scope: "everyone" });
    const { items } = await router.createCaller({ userId: "u1" }).chat.list({ search: "second" });
    expect(items).toMatchObject([{ id: chat.id }]);
    return (await chat.messages()).map(({ content }) => content);
  };

  const cases = Object.entries(changes).flatMap(([what, [outcome, change]]) =>
    Object.entries(components).map(([how, component]) => ({
      what,
      how,
      outcome,
      change,
      component,
    })),
  );

  it.each(cases)(
    "knows an extension that $what $how",
    async ({ how, outcome, change, component }) => {
      const { prisma: plain } = await open();
      const bystander: object = {
        name: "bystander",
        query: {
          llmMessage: { findMany: ({ args, query }: Statement) => query(args) },
        },
      };
      const extension: object = { name: "raw", ...component(plain, change) };
      // Extended clients have the same methods, with other types.
      const prisma = plain.$extends(bystander).$extends(extension) as unknown as PrismaClient;
      // A method that calls the client it was made for goes around the extension that catches it.
      if (outcome === "works" && how !== "by method") {
        expect(await converse(prisma)).toEqual(["First?", "One.", "Second?", "Two."]);
        return;
      }
      const llm = createLLM({ provider: createScriptedProvider("Fine.") });
      const failure = await failureOf(createChat(prisma, llm));
      expect(failure).toMatchObject({
        code: "CONFIGURATION",
        message: expect.stringMatching(
          outcome === "works" || how === "by method" ? /raw statements|RawUnsafe/ : outcome,
        ),
      });
      expect(failure).toMatchObject({
        message: expect.stringMatching(/cannot be used with the extension "raw": it /),
      });
      expect(await plain.llmChat.count()).toBe(0);
    },
  );
});
