import type { InfiniteData } from "@tanstack/react-query";
import { replaceEqualDeep } from "@tanstack/react-query";
import type { Page } from "../../chat/chat-procedures.ts";

/** Pages as React Query keeps them, the first one fetched first. */
export type PagedData<Item> = InfiniteData<Page<Item>, string | null>;

interface Identified {
  readonly id: string;
}

/** The whole of a list that has this page alone. */
export function onlyPage<Item>(page: Page<Item>): PagedData<Item> {
  return { pages: [page], pageParams: [null] };
}

/** What `setQueryData` writes for a change of an entry: nothing, when there is no entry or nothing changes. */
export function updater<Data>(change: (data: Data) => Data) {
  return (data: Data | undefined): Data | undefined => {
    const next = data && change(data);
    return next === data ? undefined : next;
  };
}

/** Changes the items of each page; pages, and the data, that nothing changed in stay the same objects. */
export function mapPages<Item>(
  data: PagedData<Item>,
  change: (items: readonly Item[], page: number) => readonly Item[],
): PagedData<Item> {
  const pages = data.pages.map((page, index) => {
    const items = change(page.items, index);
    return isSameList(items, page.items) ? page : { ...page, items };
  });
  return isSameList(pages, data.pages) ? data : { ...data, pages };
}

export function findItem<Item extends Identified>(
  data: PagedData<Item>,
  id: string,
): Item | undefined {
  for (const page of data.pages) {
    const item = page.items.findLast((one) => one.id === id);
    if (item) return item;
  }
  return undefined;
}

/** Puts the item in the place of the one with its id, if there is one. */
export function replaceItem<Item extends Identified>(
  data: PagedData<Item>,
  item: Item,
): PagedData<Item> {
  return mapPages(data, (items) => items.map((one) => (one.id === item.id ? item : one)));
}

export function removeItems<Item extends Identified>(
  data: PagedData<Item>,
  ids: readonly string[],
): PagedData<Item> {
  return mapPages(data, (items) => items.filter((item) => !ids.includes(item.id)));
}

/**
 * The `structuralSharing` of lists that move: items that are equal stay the same objects even at
 * another index, where React Query compares index by index. Only for entries of these hooks' keys.
 */
export function sharePages(before: unknown, after: unknown): unknown {
  // By the key the data is known to be of that type.
  const previous = before as PagedData<Identified> | undefined;
  const next = after as PagedData<Identified>;
  if (!previous) return next;
  const shared = mapPages(next, (items, page) =>
    items.map((item, index) => {
      const old = previous.pages[page]?.items[index];
      if (old === item) return item;
      return replaceEqualDeep(old?.id === item.id ? old : findItem(previous, item.id), item);
    }),
  );
  // The same data must be the same object: React Query shares what it has with itself at each render.
  return replaceEqualDeep(before, shared) === before ? before : shared;
}

export function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
