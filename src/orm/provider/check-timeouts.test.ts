import { expect, it } from "vitest";

import { checkTimeouts } from "./check-timeouts.ts";

it.each([undefined, 1, 0.5, 2 ** 40, Infinity])("accepts a timeout of %s ms", (toolTimeout) => {
  expect(() => checkTimeouts("createChat", { toolTimeout })).not.toThrow();
});

// JavaScript can pass a text.
const text: unknown = "60000";

it.each([0, -1, Number.NaN, -Infinity, text as number])(
  "refuses a timeout of %s ms",
  (toolTimeout) => {
    expect(() => checkTimeouts("createChat", { idleTimeout: 1, toolTimeout })).toThrow(
      expect.objectContaining({
        code: "CONFIGURATION",
        message: `createChat: \`toolTimeout\` is ${toolTimeout}. Set it to a number of milliseconds above 0, or to Infinity for no limit.`,
      }),
    );
  },
);
