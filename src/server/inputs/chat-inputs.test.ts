import { expect, it } from "vitest";

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
