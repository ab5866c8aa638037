import { expect, it } from "vitest";

import { TurnQueue } from "./turn-queue.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A queue on a clock that its tasks turn, and in which turn of the event loop each of them ran. */
function startQueue() {
  const clock = { now: 0, turn: 0 };
  const queue = new TurnQueue(() => clock.now);
  const ran: { readonly name: number; readonly turn: number }[] = [];
  const add = (name: number, work: (spend: (ms: number) => void) => void): void =>
    queue.run(() => {
      ran.push({ name, turn: clock.turn });
      work((ms) => (clock.now += ms));
    });
  const passTurns = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn++) {
      clock.turn++;
      await nextTurn();
    }
  };
  const names = (): number[] => ran.map(({ name }) => name);
  const perTurn = (): number[] =>
    Array.from(
      { length: clock.turn + 1 },
      (_, turn) => ran.filter((one) => one.turn === turn).length,
    ).filter((count) => count > 0);
  return { add, passTurns, names, perTurn };
}

it.each([
  { taskMs: 1, most: 4 },
  { taskMs: 3, most: 2 },
  // However long a task takes, each turn has one.
  { taskMs: 50, most: 1 },
])("runs $most tasks of $taskMs ms in a turn, in their order", async ({ taskMs, most }) => {
  const { add, passTurns, names, perTurn } = startQueue();
  const all = Array.from({ length: 12 }, (_, name) => name);
  for (const name of all) add(name, (spend) => spend(taskMs));
  expect(names()).toHaveLength(most);
  await passTurns(20);
  expect(names()).toEqual(all);
  expect(perTurn()).toEqual(Array.from({ length: 12 / most }, () => most));
});

it("counts what a task sets off as its time", async () => {
  const { add, passTurns, perTurn } = startQueue();
  add(0, (spend) => spend(50));
  for (let name = 1; name <= 6; name++)
    add(name, (spend) => void Promise.resolve().then(() => spend(2)));
  await passTurns(20);
  expect(perTurn()).toEqual([1, 2, 2, 2]);
});

it("runs what comes later after what waits", async () => {
  const { add, passTurns, names } = startQueue();
  for (const name of [0, 1, 2, 3, 4, 5]) add(name, (spend) => spend(3));
  await passTurns(1);
  add(6, () => undefined);
  await passTurns(20);
  expect(names()).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

it("runs a single task at once, in each turn", async () => {
  const { add, passTurns, names } = startQueue();
  for (const name of [0, 1, 2]) {
    add(name, (spend) => spend(50));
    expect(names().at(-1)).toBe(name);
    await passTurns(1);
  }
});
