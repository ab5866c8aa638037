import { AsyncLocalStorage } from "node:async_hooks";

import { expect, it } from "vitest";

import { ownTurn } from "./own-turn.ts";

it("lets what is sent together at the end of a turn be sent in the context of each", async () => {
  const users = new AsyncLocalStorage<number>();
  const seen: (number | undefined)[][] = [];
  // As Prisma does it: the first of a turn sends what comes until its end.
  let waiting: number[] | null = null;
  const send = (from: number): void => {
    if (waiting === null) {
      const batch = (waiting = [from]);
      process.nextTick(() => {
        waiting = null;
        seen.push(...batch.map((one) => [one, users.getStore()]));
      });
    } else waiting.push(from);
  };
  const begin = (user: number) =>
    users.run(user, async () => {
      await ownTurn();
      send(user);
    });
  await Promise.all(Array.from({ length: 20 }, (_, user) => begin(user)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(Array.from({ length: 20 }, (_, user) => [user, user]));
});
