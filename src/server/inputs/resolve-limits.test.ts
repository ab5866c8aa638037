import { expect, it } from "vitest";

import { defaultLimits } from "../chat-router-options.ts";
import { resolveLimits } from "./resolve-limits.ts";

const sizes = Object.keys(defaultLimits).filter((name) => name.startsWith("max"));

it("has a default for each limit that is not set, or undefined", () => {
  expect(resolveLimits()).toEqual(defaultLimits);
  const unset = Object.fromEntries(Object.keys(defaultLimits).map((name) => [name, undefined]));
  expect(resolveLimits(unset)).toEqual(defaultLimits);
  expect(resolveLimits({ maxPromptChars: 5, messageBytesPerMinute: "unlimited" })).toEqual({
    ...defaultLimits,
    maxPromptChars: 5,
    messageBytesPerMinute: "unlimited",
  });
});

it.each(sizes)("refuses %s when it is no number, because it would then limit nothing", (name) => {
  for (const limit of [Number.NaN, -1, "5", null, "unlimited"]) {
    expect(() => resolveLimits({ [name]: limit })).toThrow(
      expect.objectContaining({
        code: "CONFIGURATION",
        message: expect.stringContaining(`createChatRouter: \`limits\`: \`${name}\` is`),
      }),
    );
  }
});

it("names the limit that was probably meant", () => {
  // A limit that TypeScript would refuse.
  const limits: object = { maxPromtChars: 5 };
  expect(() => resolveLimits(limits)).toThrow(
    'createChatRouter: `limits` has no "maxPromtChars". Did you mean "maxPromptChars"?',
  );
});
