import { Schema, z as coreZod } from "@node-llm/core";
import { expect, it } from "vitest";
import { z as zod4 } from "zod";
import { z as otherZod3 } from "zod/v3";

import { toCoreSchema } from "./to-core-schema.ts";

const json = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

it("keeps a schema of core, and converts zod 4 and JSON Schema", () => {
  const own = Schema.fromJson("mine", json);
  expect(toCoreSchema(own)).toBe(own);
  for (const schema of [zod4.object({ city: zod4.string() }), json])
    expect(toCoreSchema(schema).definition.schema).toMatchObject(json);
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

it.each([null, undefined, "object", 5])("refuses %s", (schema) => {
  expect(() => toCoreSchema(schema)).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
});
