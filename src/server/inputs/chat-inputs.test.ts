import { expect, it } from "vitest";
import { z } from "zod/v4";

import { procedures } from "../../../test/support/servers/procedures.ts";
import { defaultLimits } from "../chat-router-options.ts";
import { chatInputs } from "./chat-inputs.ts";

it("the tests know every field of every input, to send hostile values in it", () => {
  const { bounds: _bounds, chat, message, ...own } = chatInputs(defaultLimits);
  const inputs = new Map(Object.entries(own));
  const fields = Object.entries(procedures)
    .filter(([, procedure]) => procedure.fields.length > 0)
    .map(([name, { names }]) => {
      const schema = inputs.get(name) ?? (names === "chat" ? chat : message);
      return [name, Object.keys(schema.shape)];
    });
  expect(Object.fromEntries(fields)).toEqual(
    Object.fromEntries(fields.map(([name]) => [name, procedures[String(name)]?.fields])),
  );
});

it("the tests know the fields of what is nested in an input, too", () => {
  const { bounds: _bounds, ...inputs } = chatInputs(defaultLimits);
  const nested = Object.entries(inputs).map(([name, schema]) => [name, nestedFields(schema)]);
  const known = Object.entries(procedures).map(([name, { nested: own = {} }]) => [name, own]);
  expect(nested.filter(([, fields]) => Object.keys(fields ?? {}).length > 0)).toEqual(
    known.filter(([, fields]) => Object.keys(fields ?? {}).length > 0),
  );
});

/** The names of the fields of each field that is an object, or a list of objects. */
function nestedFields(schema: z.ZodObject): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    let inner: unknown = field;
    while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) inner = inner.unwrap();
    if (inner instanceof z.ZodArray) inner = inner.element;
    if (inner instanceof z.ZodObject) found[name] = Object.keys(inner.shape);
  }
  return found;
}
