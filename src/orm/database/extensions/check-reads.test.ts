import { afterAll, expect, it } from "vitest";

import type { Run } from "../../../../test/support/databases/open-extendable.ts";
import {
  changing,
  modelOf,
  openExtendable,
} from "../../../../test/support/databases/open-extendable.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { plainTraits } from "../client/list-extensions.ts";
import { usedOperations } from "../client/used-operations.ts";
import { lookAgain } from "./look-again.ts";
import { readyDatabase } from "./ready-database.ts";

const { open, close } = await openExtendable();

afterAll(close);

type RowChange = (row: Readonly<Record<string, unknown>>) => unknown;

const edit =
  (change: (key: string, value: unknown) => unknown): RowChange =>
  (row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, change(key, value)]));
const dated = ["chat", "message", "toolCall", "usage", "attachment", "storedFile"];

/** What extensions do to the rows that they read, in models where it matters. */
const rowChanges: readonly (readonly [what: string, roles: readonly string[], RowChange])[] = [
  [
    "redacts texts",
    ["chat", "message", "toolCall", "chunk"],
    edit((key, value) =>
      ["content", "title", "arguments", "text"].includes(key) ? "[redacted]" : value,
    ),
  ],
  [
    "doubles numbers",
    ["chat", "message", "toolCall", "chunk", "usage", "account", "attachment"],
    edit((_, value) => (typeof value === "number" ? value * 2 : value)),
  ],
  ["stores rows as JSON", dated, (row) => JSON.parse(JSON.stringify(row))],
  ["leaves times out", dated, (row) => ({ ...row, createdAt: undefined })],
];

const changedReads = rowChanges.flatMap(([what, roles, change]) =>
  Object.entries(usedOperations).flatMap(([role, operations]) =>
    operations
      .filter((one) => one === "findMany" || one === "findFirst")
      .flatMap((one) =>
        roles.includes(role) ? [[what, one, modelOf(role), change] as const] : [],
      ),
  ),
);

it.each(changedReads)("refuses an extension that %s in %s of %s", async (_, one, model, change) => {
  const run: Run = async ({ args, query }) => {
    const result = await query(args);
    if (Array.isArray(result)) return result.map(change);
    return result === null ? null : change(Object(result));
  };
  for (const name of [model, "$allModels"])
    expect(
      await failureOf(readyDatabase(open({ query: { [name]: { [one]: run } } }))),
    ).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringMatching(new RegExp(`changes what ${one} of Llm\\w+ returns`)),
    });
});

it.each(["active", "isStored"])("refuses an extension that drops rows by %s", async (column) => {
  const run: Run = async ({ args, query }) =>
    [await query(args)].flat().filter((row) => Reflect.get(Object(row), column) !== false);
  expect(
    await failureOf(readyDatabase(open({ query: { $allModels: { findMany: run } } }))),
  ).toMatchObject({
    code: "CONFIGURATION",
    message: expect.stringMatching(/changes what findMany of Llm(Message|Attachment) returns/),
  });
});

it("takes an extension that adds to rows, and decrypts those that it has encrypted", async () => {
  const decrypted = (value: unknown): unknown => {
    if (typeof value === "string" && !value.startsWith("enc:")) throw new Error("Not encrypted.");
    return typeof value === "string" ? value.slice(4) : value;
  };
  const encryption = changing("llmChat", ["title"]).query["llmChat"];
  const run: Run = async (statement) => {
    const result = await encryption?.$allOperations(statement);
    const read: RowChange = (row) => ({
      ...row,
      ...("title" in row ? { title: decrypted(row["title"]) } : {}),
      more: true,
    });
    if (Array.isArray(result)) return result.map(read);
    return "count" in Object(result) || result === null ? result : read(Object(result));
  };
  const db = open({ query: { llmChat: { $allOperations: run } } });
  await readyDatabase(db);
  await lookAgain(db);
  expect(db.traits).toEqual({ ...plainTraits, changesText: true });
});
