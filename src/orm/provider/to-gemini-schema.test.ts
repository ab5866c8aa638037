import { expect, it } from "vitest";
import { z } from "zod/v4";

import { toGeminiSchema } from "./to-gemini-schema.ts";

it("leaves out what Gemini refuses, at every depth", () => {
  const schema = z.strictObject({
    city: z.string().min(1).describe("A city"),
    when: z.iso.datetime().optional(),
    mail: z.email(),
    unit: z.literal("celsius"),
    days: z.array(z.strictObject({ count: z.int().min(1).max(7) })),
    note: z.string().nullable(),
    either: z.union([z.string(), z.number()]),
  });
  const json = JSON.stringify(toGeminiSchema(z.toJSONSchema(schema)));
  for (const refused of ["$schema", "additionalProperties", '"const"', '"email"', "oneOf"])
    expect(json).not.toContain(refused);
  expect(JSON.parse(json)).toMatchObject({
    type: "object",
    required: ["city", "mail", "unit", "days", "note", "either"],
    properties: {
      city: { type: "string", minLength: 1, description: "A city" },
      when: { type: "string", format: "date-time" },
      mail: { type: "string" },
      unit: { type: "string", enum: ["celsius"] },
      days: { type: "array", items: { type: "object", properties: { count: { maximum: 7 } } } },
      either: { anyOf: [{ type: "string" }, { type: "number" }] },
    },
  });
});

it("says in Gemini's words what JSON Schema says in others", () => {
  expect(toGeminiSchema({ type: ["string", "null"] })).toEqual({ type: "string", nullable: true });
  expect(toGeminiSchema({ type: ["string", "number"] })).toEqual({
    anyOf: [{ type: "string" }, { type: "number" }],
  });
  expect(toGeminiSchema({ oneOf: [{ type: "string", $comment: "x" }] })).toEqual({
    anyOf: [{ type: "string" }],
  });
  expect(toGeminiSchema({ type: "integer", format: "int64" })).toEqual({
    type: "integer",
    format: "int64",
  });
  // A property may have the name of a keyword that is refused.
  expect(toGeminiSchema({ properties: { $schema: { type: "string" } } })).toEqual({
    properties: { $schema: { type: "string" } },
  });
});
