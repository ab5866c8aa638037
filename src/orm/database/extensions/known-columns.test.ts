import { afterAll, expect, it } from "vitest";

import {
  changing,
  modelOf,
  openExtendable,
} from "../../../../test/support/databases/open-extendable.ts";
import { failureOf } from "../../../../test/support/failure-of.ts";
import { usedOperations } from "../client/used-operations.ts";
import { readyDatabase } from "./ready-database.ts";

const { prisma: plain, open, close } = await openExtendable();

afterAll(close);

const columns = Object.keys(usedOperations).flatMap((role) => {
  // A schema has sessions of agents only when the app uses them.
  if (role === "agentSession") return [];
  const delegate: unknown = Reflect.get(plain, modelOf(role));
  const { fields }: { readonly fields?: object } = Object(delegate);
  return Object.keys(fields ?? {}).map((column) => [modelOf(role), column] as const);
});

it.each(columns)("refuses a computed %s.%s", async (model, column) => {
  for (const name of [model, "$allModels"]) {
    const result = { [name]: { [column]: { compute: () => "computed" } } };
    expect(await failureOf(readyDatabase(open({ result })))).toMatchObject({
      code: "CONFIGURATION",
      message: expect.stringMatching(
        new RegExp(`computes a field named as the column Llm\\w+\\.${column}, `),
      ),
    });
  }
});

it.each([
  ["llmMessage", "metadata"],
  ["llmChat", "instructions"],
])("takes a computed %s.%s that is encrypted", async (model, column) => {
  const result = { [model]: { [column]: { compute: () => "computed" } } };
  const db = open({ ...changing(model, [column]), result });
  await expect(readyDatabase(db)).resolves.toBeUndefined();
});

it("takes a computed field of another name", async () => {
  const shout = { needs: { content: true }, compute: () => "computed" };
  const db = open({ result: { llmMessage: { shout }, $allModels: { hello: shout } } });
  await expect(readyDatabase(db)).resolves.toBeUndefined();
});
