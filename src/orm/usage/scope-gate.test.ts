import { expect, it } from "vitest";

import { failureOf } from "../../../test/support/failure-of.ts";
import { ScopeGate } from "./scope-gate.ts";

/** A task that ends when the test says so. */
function startTasks(gate: ScopeGate, scope: string, count: number) {
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const results = Array.from({ length: count }, (_, index) =>
    gate.run(scope, async () => {
      started.push(index);
      await new Promise<void>((resolve) => {
        ends[index] = resolve;
      });
      return index;
    }),
  );
  return { started, ends, results };
}

it("runs four tasks of a scope at once, the others in their order", async () => {
  const gate = new ScopeGate();
  const { started, ends, results } = startTasks(gate, "a", 6);
  expect(started).toEqual([0, 1, 2, 3]);
  ends[2]?.();
  await results[2];
  await expect.poll(() => started).toEqual([0, 1, 2, 3, 4]);
  ends[0]?.();
  await expect.poll(() => started).toEqual([0, 1, 2, 3, 4, 5]);
  for (const end of ends) end();
  expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4, 5]);
});

it("lets no scope wait for another one", async () => {
  const gate = new ScopeGate();
  const busy = startTasks(gate, "a", 9);
  expect(await gate.run("b", () => Promise.resolve("done"))).toBe("done");
  expect(busy.started).toHaveLength(4);
  for (let ended = 0; ended < 9; ended++) {
    await expect.poll(() => busy.ends.length).toBeGreaterThan(ended);
    busy.ends[ended]?.();
  }
  await Promise.all(busy.results);
});

it("lets the event loop turn between tasks that do not", async () => {
  const gate = new ScopeGate();
  let turns = 0;
  const turn = (): void => {
    turns++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  await Promise.all(Array.from({ length: 100 }, () => gate.run("a", () => Promise.resolve())));
  clearImmediate(next);
  expect(turns).toBeGreaterThanOrEqual(20);
});

it("goes on after a task that has failed", async () => {
  const gate = new ScopeGate();
  const failure = new Error("refused");
  const results = Array.from({ length: 12 }, () => gate.run("a", () => Promise.reject(failure)));
  for (const result of results) expect(await failureOf(result)).toBe(failure);
  expect(await gate.run("a", () => Promise.resolve(1))).toBe(1);
});
