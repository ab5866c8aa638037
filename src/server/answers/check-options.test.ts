import { expect, it } from "vitest";
import { z } from "zod";
import type { ChatRouterOptions } from "../chat-router-options.ts";
import { checkOptions } from "./check-options.ts";

/** Checks nothing but these options. */
const check = (options: Partial<ChatRouterOptions<unknown>>) => (): void =>
  // No other option is read without them.
  checkOptions({ background: null, ...options } as ChatRouterOptions<unknown>);

it("refuses JSON Schema of anything but an object before an answer is paid for", () => {
  const list = { type: "array", items: { type: "string" } };
  const refused = (start: string) =>
    expect.objectContaining({ code: "CONFIGURATION", message: expect.stringContaining(start) });
  expect(check({ schema: list })).toThrow(refused("createChatRouter: `schema` is JSON Schema"));
  expect(check({ data: { mood: {}, list } })).toThrow(
    refused("createChatRouter: the schema of the data 'list' is JSON Schema"),
  );
});

it.each(["idleTimeout", "toolTimeout", "maxSubscriptionAge", "maxToolResultChars"] as const)(
  "refuses %s that is no number",
  (name) => {
    expect(check({ [name]: Number.NaN })).toThrow(
      expect.objectContaining({
        code: "CONFIGURATION",
        message: expect.stringContaining(`createChatRouter: \`${name}\` is NaN`),
      }),
    );
    expect(check({ [name]: Infinity })).not.toThrow();
  },
);

it("takes any schema of a library, and JSON Schema of an object", () => {
  for (const schema of [z.array(z.string()), z.string(), { type: "object" }, {}]) {
    expect(check({ schema, data: { any: schema } })).not.toThrow();
  }
});
