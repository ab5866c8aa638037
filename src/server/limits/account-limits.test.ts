import { expect, it } from "vitest";

import { defaultScopeLimits, toAccountLimits } from "./account-limits.ts";

it("has limits by default, and none where the app says so in words", () => {
  expect(toAccountLimits(defaultScopeLimits)).toEqual({
    answersAtOnce: 4,
    answersPerMinute: 30,
    openSubscriptions: 50,
    chatsPerMinute: 30,
  });
  expect(toAccountLimits({ ...defaultScopeLimits, answersAtOnce: "unlimited" })).toMatchObject({
    answersAtOnce: null,
    answersPerMinute: 30,
  });
});

it.each([0, -1, 1.5, NaN, Infinity])(
  "refuses %s as a limit, and says what is accepted",
  (limit) => {
    for (const name of Object.keys(defaultScopeLimits)) {
      expect(() => toAccountLimits({ ...defaultScopeLimits, [name]: limit })).toThrow(
        `\`limits.${name}\` is ${limit}. Set it to a whole number above 0, or to "unlimited".`,
      );
    }
  },
);
