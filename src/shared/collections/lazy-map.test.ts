import { expect, it } from "vitest";

import { LazyMap } from "./lazy-map.ts";

it("is a map from the first entry on", () => {
  const map = new LazyMap<string, number>();
  map.delete("a");
  expect([map.size, map.get("a"), map.has("a")]).toEqual([0, undefined, false]);
  expect([...map.keys(), ...map.values()]).toEqual([]);
  map.set("a", 1);
  map.set("b", 2);
  map.set("a", 3);
  expect([map.size, map.get("a"), map.has("a"), map.has("c")]).toEqual([2, 3, true, false]);
  expect([[...map.keys()], [...map.values()]]).toEqual([
    ["a", "b"],
    [3, 2],
  ]);
  map.delete("a");
  expect([map.size, map.get("a"), map.has("a")]).toEqual([1, undefined, false]);
});
