import type { InfiniteData } from "@tanstack/react-query";
import { replaceEqualDeep } from "@tanstack/react-query";
import type { Page } from "../chat/chat-procedures.ts";
import { readField } from "./read-field.ts";

/** Pages as React Query keeps them, the first one fetched first. */
export type PagedData<Item> = InfiniteData<Page<Item>, string | null>;

interface Identified {
  readonly id: string;
}

/** The whole of a list that has this page alone. */
export function onlyPage<Item>(page: Page<Item>): PagedData<Item> {
  return { pages: [page], pageParams: [null] };
}

/** Changes the items of each page; pages, and the data, that nothing changed in stay the same objects. */
function mapPages<Item>(
  data: PagedData<Item>,
  change: (items: readonly Item[]) => readonly Item[],
): PagedData<Item> {
  let changed = false;
  const pages = data.pages.map((page) => {
    const items = change(page.items);
    if (items === page.items) return page;
    changed = true;
    return { ...page, items };
  });
  return changed ? { ...data, pages } : data;
}

export function findItem<Item extends Identified>(
  data: PagedData<Item>,
  id: string,
): Item | undefined {
  for (const page of data.pages) {
    const item = page.items.findLast((one) => one.id === id);
    if (item !== undefined) return item;
  }
  return undefined;
}

/** Puts the item in the place of the one with its id; the same data when it is there, or there is none. */
export function replaceItem<Item extends Identified>(
  data: PagedData<Item>,
  item: Item,
): PagedData<Item> {
  return mapPages(data, (items) => {
    const index = items.findLastIndex((one) => one.id === item.id);
    return index < 0 || items[index] === item ? items : items.with(index, item);
  });
}

export function removeItems<Item extends Identified>(
  data: PagedData<Item>,
  ids: readonly string[],
): PagedData<Item> {
  return mapPages(data, (items) => {
    const kept = items.filter((item) => !ids.includes(item.id));
    return kept.length === items.length ? items : kept;
  });
}

/** Adds an item before all others; the same data when there is no page. */
export function withFirst<Item>(data: PagedData<Item>, item: Item): PagedData<Item> {
  const [first, ...rest] = data.pages;
  if (first === undefined) return data;
  return { ...data, pages: [{ ...first, items: [item, ...first.items] }, ...rest] };
}

/**
 * The `structuralSharing` of lists that move: items that are equal stay the same objects even at
 * another index, where React Query compares index by index.
 */
export function sharePages(previous: unknown, next: unknown): unknown {
  return isPagedData<Identified>(previous) && isPagedData<Identified>(next)
    ? shareItems(previous, next)
    : next;
}

/** Only for entries of these hooks' keys: by the key, the items are known to have that type. */
export function isPagedData<Item extends Identified>(data: unknown): data is PagedData<Item> {
  return Array.isArray(readField(data, "pages"));
}

function shareItems<Item extends Identified>(
  previous: PagedData<Item>,
  next: PagedData<Item>,
): PagedData<Item> {
  let known: Map<string, Item> | null = null;
  const find = (id: string): Item | undefined => {
    known ??= new Map(previous.pages.flatMap((page) => page.items.map((item) => [item.id, item])));
    return known.get(id);
  };
  const pages = next.pages.map((page, number) => {
    const before = previous.pages[number];
    if (before === page) return page;
    const items = page.items.map((item, index) => {
      const old = before?.items[index];
      if (old === item) return item;
      const same = old?.id === item.id ? old : find(item.id);
      return same === undefined ? item : replaceEqualDeep(same, item);
    });
    if (before === undefined) return { ...page, items };
    const shared = isSameList(before.items, items) ? before.items : items;
    return shared === before.items && before.nextCursor === page.nextCursor
      ? before
      : { ...page, items: shared };
  });
  const pageParams = replaceEqualDeep(previous.pageParams, next.pageParams);
  // The same data must be the same object: React Query shares what it has with itself at each render.
  return pageParams === previous.pageParams && isSameList(previous.pages, pages)
    ? previous
    : { pages, pageParams };
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
