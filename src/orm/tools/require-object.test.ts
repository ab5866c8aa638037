import { Schema, z as coreZod } from "@node-llm/core";
import { expect, it } from "vitest";
import { z as zod4 } from "zod/v4";
import { z as otherZod3 } from "zod/v3";

import { requireObject } from "./require-object.ts";

const others = [
  "array",
  "string",
  "number",
  "integer",
  "boolean",
  "null",
  [],
  ["string", "null"],
  5,
];

it.each(others)("refuses JSON Schema of the type %j, which no value could fit", (type) => {
  for (const schema of [{ type, items: {} }, Schema.fromJson("it", { type })]) {
    expect(() => requireObject("The schema", schema)).toThrow(
      expect.objectContaining({
        code: "CONFIGURATION",
        message: `The schema is JSON Schema of the type ${JSON.stringify(type)}, but JSON Schema is accepted for objects only. For anything else, use a schema of zod or of another library that follows the Standard Schema.`,
      }),
    );
  }
});

it.each([
  { type: "object" },
  { type: ["object", "null"] },
  { properties: {} },
  {},
  undefined,
  null,
  Schema.fromJson("it", { type: "object" }),
  Schema.fromZod("it", coreZod.array(coreZod.string())),
  zod4.array(zod4.string()),
  coreZod.string(),
  otherZod3.array(otherZod3.string()),
  { type: "array", "~standard": { version: 1, vendor: "any", validate: () => ({ value: [] }) } },
])("takes any other schema (%#)", (schema) => {
  expect(() => requireObject("The schema", schema)).not.toThrow();
});
