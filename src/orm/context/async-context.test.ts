import { AsyncLocalStorage } from "node:async_hooks";

import { expect, it } from "vitest";

import { keepContext, runOutside } from "./async-context.ts";

const users = new AsyncLocalStorage<string>();

it("runs a loop outside of the context of the one who starts it", async () => {
  const seen: (string | undefined)[] = [];
  await users.run("anna", () =>
    runOutside(async () => {
      seen.push(users.getStore());
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(users.getStore());
    }),
  );
  expect(seen).toEqual([undefined, undefined]);
  expect(users.run("anna", () => runOutside(() => 5))).toBe(5);
});

it("keeps a context for later, and for any caller", async () => {
  const inContext = users.run("anna", () => keepContext());
  const later = users.run("ben", () =>
    inContext(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return users.getStore();
    }),
  );
  expect(await later).toBe("anna");
  expect(inContext(() => users.getStore())).toBe("anna");
  expect(users.getStore()).toBeUndefined();
});
