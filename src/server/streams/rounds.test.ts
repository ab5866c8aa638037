import { expect, it } from "vitest";
import { Rounds } from "./rounds.ts";

it("runs one round for all that is asked at the same time, and another one for what is asked while it runs", async () => {
  const rounds: (readonly string[])[] = [];
  let begun = (): void => undefined;
  let end = (): void => undefined;
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  const isHeld = new Promise<void>((resolve) => (end = resolve));
  const all = new Rounds<string>(async (items) => {
    rounds.push(items);
    begun();
    await isHeld;
  });
  const first = [all.add("a"), all.add("b"), all.add("a")];
  await hasBegun;
  // The round that runs may have read before this was added.
  const second = [all.add("a"), all.add("c")];
  end();
  await Promise.all(first);
  expect(rounds[0]).toEqual(["a", "b"]);
  await Promise.all(second);
  expect(rounds).toEqual([
    ["a", "b"],
    ["a", "c"],
  ]);
});

it("goes on after a round that fails", async () => {
  let count = 0;
  const all = new Rounds<string>(async () => {
    count++;
    if (count === 1) throw new Error("away");
  });
  await expect(all.add("a")).rejects.toThrow("away");
  await all.add("a");
  expect(count).toBe(2);
});
