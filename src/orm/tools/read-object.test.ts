import { Schema, z as zod3 } from "@node-llm/core";
import { expect, it } from "vitest";
import { z as zod4 } from "zod";

import type { StandardSchema } from "./standard-schema.ts";
import { readObject } from "./read-object.ts";
import { toCoreSchema } from "./to-core-schema.ts";

const described = { type: "object", properties: { a: { type: "number" } } };

const own = {
  version: 1 as const,
  vendor: "test",
  validate: (value: unknown) =>
    typeof value === "object" && value !== null && "a" in value && typeof value.a === "number"
      ? { value: { a: value.a } }
      : { issues: [{ message: "must be a number", path: ["a"] }] },
  jsonSchema: { input: () => described },
};
const standard: StandardSchema<unknown, { a: number }> = { "~standard": own };

const schemas: readonly (readonly [string, unknown])[] = [
  ["zod 4", zod4.object({ a: zod4.number() })],
  ["zod 3", zod3.object({ a: zod3.number() })],
  ["a Standard Schema", standard],
  ["a Schema of core with its zod", Schema.fromZod("out", zod3.object({ a: zod3.number() }))],
];

it.each(schemas)("checks an object with %s", async (_name, given) => {
  const schema = toCoreSchema(given);
  expect(await readObject(' {"a":1,"more":2} ', schema)).toEqual({ json: '{"a":1}' });
  expect(await readObject('```json\n{"a":1}\n```', schema)).toEqual({ json: '{"a":1}' });
  expect(await readObject('{"a":"x"}', schema)).toMatchObject({
    problem: expect.stringMatching(/^a: /),
  });
  for (const text of ["", "text", '{"a":1', '{"a":1} and more', "```json\n```"])
    expect(await readObject(text, schema)).toEqual({ problem: "it is not valid JSON" });
});

it("describes a Standard Schema to the model", () => {
  expect(toCoreSchema(standard).definition.schema).toEqual(described);
  const silent = { "~standard": { version: own.version, vendor: "test", validate: own.validate } };
  expect(() => toCoreSchema(silent)).toThrow("cannot be described to a model");
});

it.each([
  ["JSON Schema", described],
  ["a Schema of core with it", Schema.fromJson("out", described)],
])("accepts any object for %s, and nothing else", async (_name, given) => {
  const schema = toCoreSchema(given);
  expect(await readObject('{"a":"x"}', schema)).toEqual({ json: '{"a":"x"}' });
  for (const text of ["3", '"a"', "true", "null", "[]", '[{"a":1}]', "```json\n[1]\n```"])
    expect(await readObject(text, schema)).toEqual({ problem: "it is not an object" });
});

it("waits for a schema that takes its time, and stores what it makes of the object", async () => {
  const schema = toCoreSchema(
    zod4
      .object({ at: zod4.string() })
      .refine(async ({ at }) => Promise.resolve(at !== "never"), "not never")
      .transform(({ at }) => ({ at: new Date(at), none: undefined })),
  );
  expect(await readObject('{"at":"2026-01-01"}', schema)).toEqual({
    json: '{"at":"2026-01-01T00:00:00.000Z"}',
  });
  expect(await readObject('{"at":"never"}', schema)).toEqual({ problem: "not never" });
});

it("reads the lines after a fence once, however many they are", async () => {
  const any = toCoreSchema(zod4.any());
  const lines = "\n".repeat(400_000);
  expect(await readObject(`\`\`\`${lines}x`, any)).toEqual({ problem: "it is not valid JSON" });
  expect(await readObject(`\`\`\`json \r\n${lines}{}${lines}\`\`\``, any)).toEqual({
    problem: "it has more than 500000 characters",
  });
  expect(await readObject("```json \r\n\n{}\n\n```", any)).toEqual({ json: "{}" });
});

it("bounds an object", async () => {
  const any = toCoreSchema(zod4.any());
  expect(await readObject("[".repeat(101) + "]".repeat(101), any)).toEqual({
    problem: "it has more than 100 levels",
  });
  expect(await readObject(JSON.stringify("x".repeat(500_001)), any)).toEqual({
    problem: "it has more than 500000 characters",
  });
  const nothing = toCoreSchema(zod4.any().transform(() => undefined));
  expect(await readObject("{}", nothing)).toEqual({ problem: "there is nothing in it" });
});
