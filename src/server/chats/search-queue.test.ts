import { expect, it } from "vitest";
import { SearchQueue } from "./search-queue.ts";

/** A search that ends when the test says so, and what has begun so far. */
function openSearches() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const search = (name: string) => () =>
    new Promise<string>((resolve) => {
      begun.push(name);
      ends.push(() => resolve(name));
    });
  return { begun, search, endNext: () => ends.shift()?.() };
}

it("runs one search of a scope at a time, and those of other scopes meanwhile", async () => {
  const queue = new SearchQueue();
  const { begun, search, endNext } = openSearches();
  const first = queue.run({ userId: "anna" }, search("first"));
  const second = queue.run({ userId: "anna" }, search("second"));
  const other = queue.run({ userId: "eve" }, search("other"));
  await expect.poll(() => begun).toEqual(["first", "other"]);
  endNext();
  expect(await first).toBe("first");
  await expect.poll(() => begun).toEqual(["first", "other", "second"]);
  endNext();
  endNext();
  expect(await Promise.all([second, other])).toEqual(["second", "other"]);
});

it("refuses a scope that has many waiting, until one has ended", async () => {
  const queue = new SearchQueue();
  const { begun, search, endNext } = openSearches();
  const run = () => queue.run({ userId: "anna" }, search("search"));
  const waiting = Array.from({ length: 8 }, run);
  await expect(run()).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
  await expect.poll(() => begun).toHaveLength(1);
  endNext();
  await waiting[0];
  waiting.push(run());
  await expect(run()).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
  for (let count = 2; count <= 9; count++) {
    await expect.poll(() => begun).toHaveLength(count);
    endNext();
  }
  await Promise.all(waiting);
});

it("goes on after a search that has failed", async () => {
  const queue = new SearchQueue();
  const scope = { userId: "anna" };
  const failed = queue.run(scope, () => Promise.reject(new Error("away")));
  const next = queue.run(scope, () => Promise.resolve("found"));
  await expect(failed).rejects.toThrow("away");
  expect(await next).toBe("found");
});
