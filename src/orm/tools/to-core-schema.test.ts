import { Schema, z as coreZod } from "@node-llm/core";
import { expect, it } from "vitest";
import { z as zod4 } from "zod/v4";
import { z as otherZod3 } from "zod/v3";

import { schemaParams, toCoreSchema } from "./to-core-schema.ts";

const json = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

it("keeps a schema of core, and converts zod 4 and JSON Schema", () => {
  const own = Schema.fromJson("mine", json);
  expect(toCoreSchema(own)).toBe(own);
  const plain = toCoreSchema(json);
  expect(plain.definition.schema).toMatchObject(json);
  expect(schemaParams(plain)).toEqual({});
  const checked = toCoreSchema(zod4.object({ city: zod4.string().trim() }));
  expect(schemaParams(checked)).toMatchObject({
    response_format: { json_schema: { name: "output", strict: true, schema: json } },
  });
});

it("lets core check answers with zod 4, as with its own zod", () => {
  const { schema } = toCoreSchema(zod4.object({ city: zod4.string().trim() })).definition;
  if (!(schema instanceof coreZod.ZodType)) throw new Error("It is not one of core's schemas.");
  expect(schema.parse({ city: " Oslo " })).toEqual({ city: "Oslo" });
  expect(schema.safeParse({ city: 5 }).error).toMatchObject({
    name: "ZodError",
    issues: [{ path: ["city"], message: expect.stringContaining("expected string") }],
  });
});

it("gives core a schema of its own class for any copy of zod 3", () => {
  for (const schema of [
    coreZod.object({ city: coreZod.string() }),
    otherZod3.object({ city: otherZod3.string() }),
  ]) {
    const converted: unknown = toCoreSchema(schema).definition.schema;
    expect(converted).toBeInstanceOf(coreZod.ZodType);
  }
});

it.each([
  null,
  undefined,
  "object",
  5,
  { type: "array" },
  Schema.fromJson("it", { type: "array" }),
])("refuses %j", (schema) => {
  expect(() => toCoreSchema(schema)).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
});
