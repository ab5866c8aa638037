import { expect, it } from "vitest";
import { z as zod4 } from "zod";
import { z as zod3 } from "zod/v3";

import { MetadataCheck } from "./check-metadata.ts";
import type { StandardSchema } from "../../orm/tools/standard-schema.ts";

const standard: StandardSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      typeof value === "object" && value !== null && "stars" in value && value.stars === 1
        ? { value: { stars: 1 } }
        : { issues: [{ message: "stars must be 1", path: ["stars"] }] },
  },
};

const schemas: readonly (readonly [string, StandardSchema])[] = [
  ["zod 4", zod4.object({ stars: zod4.literal(1) })],
  ["zod 3", zod3.object({ stars: zod3.literal(1) })],
  ["a Standard Schema", standard],
];

it.each(schemas)("accepts what fits, and names what does not (%s)", async (_name, schema) => {
  const check = new MetadataCheck(schema, 100);
  expect(await check.of({ stars: 1 })).toEqual({ stars: 1 });
  expect(await check.of(undefined)).toBeUndefined();
  await expect(check.of({ stars: 2 })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    message: expect.stringMatching(/^The metadata is not accepted: .*stars/),
  });
  await expect(check.of({})).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

it("bounds what the schema makes of it", async () => {
  const made = (make: () => unknown) =>
    new MetadataCheck(zod4.any().transform(make), 100).of({ any: 1 });
  expect(await made(() => ({ at: new Date(0), none: undefined }))).toEqual({
    at: "1970-01-01T00:00:00.000Z",
  });
  expect(await made(() => ({ text: "\uD800" }))).toEqual({ text: "\uFFFD" });
  const refused: readonly (() => unknown)[] = [
    () => "text",
    () => [],
    () => null,
    () => undefined,
    () => ({ text: "x".repeat(100) }),
    () => ({ text: "\0" }),
  ];
  for (const make of refused)
    await expect(made(make)).rejects.toMatchObject({
      code: "BAD_REQUEST",
      message: expect.stringMatching(/^The metadata is not accepted: ./),
    });
});

it("accepts any object without a schema", async () => {
  const check = new MetadataCheck(undefined, 20);
  expect(await check.of({ any: [null] })).toEqual({ any: [null] });
  await expect(check.of({ any: "x".repeat(20) })).rejects.toMatchObject({ code: "BAD_REQUEST" });
});

it("refuses JSON Schema, which would check nothing", () => {
  // The types refuse it, too.
  const schema = { type: "object" } as unknown as StandardSchema;
  expect(() => new MetadataCheck(schema, 20)).toThrow("JSON Schema would check nothing");
});
