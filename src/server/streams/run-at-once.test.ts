import { expect, it } from "vitest";
import { runAtOnce } from "./run-at-once.ts";

it("runs a task for each item, and no more of them at the same time than it may", async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await runAtOnce([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    done.push(item);
  });
  expect(new Set(done)).toEqual(new Set([1, 2, 3, 4, 5]));
  expect(done).toHaveLength(5);
  expect(most).toBe(2);
  await runAtOnce([], 2, () => Promise.reject(new Error("There is nothing to do.")));
});
