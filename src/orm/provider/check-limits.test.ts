import { expect, it } from "vitest";

import { checkLimits } from "./check-limits.ts";

it.each([undefined, "unlimited", 0, 0.5, 7, Infinity])("accepts a limit of %s", (maxTokens) => {
  expect(() => checkLimits("createChat: `context`", { maxTokens }, ["maxTokens"])).not.toThrow();
});

it.each([
  [Number.NaN, "NaN"],
  [-1, "-1"],
  ["100", '"100"'],
  ["unlimited", '"unlimited"'],
  [null, "null"],
])("refuses a limit of %s", (maxTokens, shown) => {
  expect(() => checkLimits("createChat: `context`", { maxMessages: 1, maxTokens })).toThrow(
    expect.objectContaining({
      code: "CONFIGURATION",
      message: `createChat: \`context\`: \`maxTokens\` is ${shown}. Set it to a number of 0 or more.`,
    }),
  );
});
