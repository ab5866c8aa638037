import { expect, it } from "vitest";

import { toCheck, toToolParameters } from "./tool-parameters.ts";

const values: readonly unknown[] = [null, 3, "text", true, [], [{}], {}, { a: [1] }];

it("takes only objects for JSON Schema, as its types say", async () => {
  const check = toCheck({ type: "object" });
  const checked = await Promise.all(values.map(check));
  const problem = { problem: "it is not an object" };
  expect(checked).toEqual([
    ...Array.from({ length: 6 }, () => problem),
    { value: {} },
    { value: { a: [1] } },
  ]);
});

it.each([null, undefined])("takes everything without a schema (%s)", async (none) => {
  const checked = await Promise.all(values.map(toCheck(none)));
  expect(checked).toEqual(values.map((value) => ({ value })));
});

it("takes JSON Schema only of an object for the parameters of a tool", () => {
  expect(() => toToolParameters("now", { type: "array" })).toThrow(
    expect.objectContaining({
      code: "CONFIGURATION",
      message: expect.stringContaining("The schema of the parameters of the tool 'now' is JSON"),
    }),
  );
  for (const schema of [{ type: "object" }, { properties: {} }, {}])
    expect(toToolParameters("now", schema).jsonSchema).toEqual(schema);
});
