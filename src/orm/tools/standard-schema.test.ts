import { expect, it } from "vitest";
import { z as zod3 } from "zod/v3";
import { z as zod4 } from "zod";
import type { StandardSchema } from "./standard-schema.ts";
import { toToolParameters } from "./tool-parameters.ts";

const jsonSchema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
};

type Standard = StandardSchema["~standard"];

/** A schema of a library that is not zod: an object, or a function as ArkType has it. */
function foreign(extra: object = {}, base: object = {}): StandardSchema {
  const validate: Standard["validate"] = async (value) =>
    typeof value === "object" && value !== null && "city" in value
      ? { value: { city: String(value.city).toUpperCase() } }
      : {
          issues: [{ message: "is missing", path: ["place", { key: "city" }] }, { message: "bad" }],
        };
  return Object.assign(base, {
    "~standard": { version: 1, vendor: "acme", validate, ...extra } satisfies Standard,
  });
}

const describes = { jsonSchema: { input: () => ({ $schema: "draft-07", ...jsonSchema }) } };

it.each([
  ["an object", foreign(describes)],
  ["a function", foreign(describes, () => undefined)],
])("takes a Standard Schema that is %s and describes itself", async (_kind, schema) => {
  const parameters = toToolParameters("look", schema);
  expect(parameters.jsonSchema).toEqual(jsonSchema);
  expect(await parameters.check({ city: "Oslo" })).toEqual({ value: { city: "OSLO" } });
  expect(await parameters.check({})).toEqual({ problem: "place.city: is missing; bad" });
});

it("refuses a schema that cannot describe itself, and says how to make it", () => {
  for (const extra of [{}, { jsonSchema: null }, { jsonSchema: {} }]) {
    expect(() => toToolParameters("look", foreign(extra))).toThrow(
      expect.objectContaining({
        code: "CONFIGURATION",
        message: expect.stringMatching(/'look'.*"acme".*toStandardJsonSchema/s),
      }),
    );
  }
});

it("describes each kind of zod in the same way", () => {
  for (const schema of [zod3.object({ city: zod3.string() }), zod4.object({ city: zod4.string() })])
    expect(toToolParameters("look", schema).jsonSchema).toMatchObject(jsonSchema);
});
