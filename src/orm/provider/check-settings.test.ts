import { expect, it } from "vitest";

import type { NumericSettings } from "./check-settings.ts";
import { checkSettings } from "./check-settings.ts";

const check = (settings: NumericSettings) => (): void => checkSettings("createChat", settings);

it.each([
  "idleTimeout",
  "toolTimeout",
  "maxToolResultChars",
  "maxToolCalls",
  "maxCorrections",
  "maxTokens",
  "requestTimeout",
] as const)("refuses %s that is no number", (name) => {
  expect(check({ [name]: Number.NaN })).toThrow(
    expect.objectContaining({
      code: "CONFIGURATION",
      message: expect.stringContaining(`createChat: \`${name}\` is NaN.`),
    }),
  );
  expect(check({ [name]: 7 })).not.toThrow();
  expect(check({ [name]: Infinity })).not.toThrow();
});

it("refuses a budget for thinking, and limits of the history, that are no numbers", () => {
  expect(check({ thinking: { budget: Number.NaN } })).toThrow(
    "createChat: `thinking`: `budget` is NaN",
  );
  expect(check({ context: { maxTokens: Number.NaN } })).toThrow(
    "createChat: `context`: `maxTokens` is NaN",
  );
  expect(
    check({ context: { maxTokens: "unlimited", maxMessages: 3 }, thinking: { effort: "low" } }),
  ).not.toThrow();
});

it("names the limit of the history that was probably meant", () => {
  // A limit that TypeScript would refuse.
  const context: object = { maxMesages: 5 };
  expect(check({ context })).toThrow(
    'createChat: `context` has no "maxMesages". Did you mean "maxMessages"?',
  );
});
