import { AsyncLocalStorage } from "node:async_hooks";

import { expect, it } from "vitest";

import { ContextNeed } from "../database/context-need.ts";
import { keepContext } from "./async-context.ts";
import { isThere } from "./is-there.ts";

const storage = new AsyncLocalStorage<string>();

/** What a query finds, the first time and each time after it. Null: it is refused. */
const findings = [true, false, null];
const cases = findings.flatMap((inside) =>
  findings.flatMap((outside) => findings.map((insideAgain) => ({ inside, outside, insideAgain }))),
);

it.each(cases)(
  "$inside in a context, $outside outside of it, and $insideAgain in it again",
  async ({ inside, outside, insideAgain }) => {
    const contextNeed = new ContextNeed(false);
    const insides = [inside, insideAgain];
    const find = async (): Promise<boolean> => {
      await Promise.resolve();
      const found = storage.getStore() === "caller" ? insides.shift() : outside;
      if (found == null) throw new Error("Refused.");
      return found;
    };
    const asked = storage.run("caller", () => isThere(contextNeed, keepContext(), find));
    const isRefused = inside === null || (inside && outside === false && insideAgain === null);
    if (isRefused) await expect(asked).rejects.toThrow("Refused.");
    else expect(await asked).toBe(inside && (outside !== false || insideAgain === true));
    // It is hidden outside only if it is in the context before and after it was looked for there.
    expect(contextNeed.isKnown).toBe(inside === true && outside === false && insideAgain === true);
  },
);

it("asks once where the client is known to choose", async () => {
  let asked = 0;
  const find = (): Promise<boolean> => {
    asked++;
    return Promise.resolve(true);
  };
  expect(await isThere(new ContextNeed(true), keepContext(), find)).toBe(true);
  expect(asked).toBe(1);
});
