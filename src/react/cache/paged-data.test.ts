import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { PagedData } from "./paged-data.ts";
import {
  changeItem,
  findItem,
  removeItems,
  sharePages,
  snapshotQueries,
  updateEntries,
} from "./paged-data.ts";

interface Item {
  readonly id: string;
  readonly text: string;
}

/** One page per argument, with one item per letter. */
function pagesOf(...pages: readonly string[]): PagedData<Item> {
  return {
    pages: pages.map((letters) => ({
      items: letters.split("").map((id) => ({ id, text: id })),
      nextCursor: null,
    })),
    pageParams: pages.map(() => null),
  };
}

function ids(data: PagedData<Item>): readonly string[] {
  return data.pages.map(({ items }) => items.map(({ id }) => id).join(""));
}

test("an item is found on any page", () => {
  const data = pagesOf("cd", "ab");
  expect(findItem(data, "a")).toBe(data.pages[1]?.items[0]);
  expect(findItem(data, "x")).toBeUndefined();
});

test("a change keeps the identity of everything else", () => {
  const data = pagesOf("cd", "ab");
  const changed = changeItem(data, "d", (item) => ({ ...item, text: "D" }));
  expect(findItem(changed, "d")?.text).toBe("D");
  expect(findItem(changed, "c")).toBe(findItem(data, "c"));
  expect(changed.pages[1]).toBe(data.pages[1]);
  expect(changeItem(data, "x", (item) => ({ ...item, text: "X" }))).toBe(data);
});

test("removed items leave their pages, which may become empty", () => {
  const data = pagesOf("cd", "ab");
  expect(ids(removeItems(data, ["a", "b", "d"]))).toEqual(["c", ""]);
  expect(removeItems(data, ["x"])).toBe(data);
});

test("an update writes only to existing entries that change", () => {
  const queryClient = new QueryClient();
  const filters = { queryKey: ["list"] };
  queryClient.setQueryData(["list", 1], pagesOf("ab"), { updatedAt: 1 });
  queryClient.setQueryData(["list", 2], pagesOf("c"), { updatedAt: 1 });
  updateEntries({ queryClient }, filters, (data: PagedData<Item>) => removeItems(data, ["a"]));
  expect(queryClient.getQueryData<PagedData<Item>>(["list", 1])?.pages[0]?.items).toHaveLength(1);
  expect(queryClient.getQueryState(["list", 2])?.dataUpdatedAt).toBe(1);
  updateEntries({ queryClient }, { queryKey: ["none"] }, () => pagesOf("a"));
  expect(queryClient.getQueryData(["none"])).toBeUndefined();
});

test("a snapshot restores all entries that match one of its filters", () => {
  const queryClient = new QueryClient();
  queryClient.setQueryData(["list", 1], "list");
  queryClient.setQueryData(["get", 1], "get");
  const rollBack = snapshotQueries({ queryClient }, { queryKey: ["list"] }, { queryKey: ["get"] });
  queryClient.setQueryData(["list", 1], "changed");
  queryClient.setQueryData(["get", 1], "changed");
  queryClient.setQueryData(["other"], "changed");
  rollBack();
  expect(queryClient.getQueryData(["list", 1])).toBe("list");
  expect(queryClient.getQueryData(["get", 1])).toBe("get");
  expect(queryClient.getQueryData(["other"])).toBe("changed");
});

test("equal items stay the same objects when they move to another index or page", () => {
  const before = pagesOf("cd", "ab");
  const shared = sharePages(before, pagesOf("de", "bc"));
  const data = shared as PagedData<Item>;
  expect(ids(data)).toEqual(["de", "bc"]);
  for (const id of ["b", "c", "d"]) expect(findItem(data, id)).toBe(findItem(before, id));
});

test("equal data stays the same object", () => {
  const before = pagesOf("cd", "ab");
  expect(sharePages(before, pagesOf("cd", "ab"))).toBe(before);
  expect(sharePages(undefined, before)).toBe(before);
});
