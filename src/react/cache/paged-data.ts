import type { InfiniteData, QueryClient, QueryFilters } from "@tanstack/react-query";
import { replaceEqualDeep } from "@tanstack/react-query";
import type { Page } from "../../chat/chat-procedures.ts";

/** The data of an infinite query whose pages are chained by cursors. */
export type PagedData<Item> = InfiniteData<Page<Item>, string | null>;

interface Identified {
  readonly id: string;
}

/** Returns the data of an infinite query that has loaded only this page. */
export function singlePage<Item>(page: Page<Item>): PagedData<Item> {
  return { pages: [page], pageParams: [null] };
}

/** Who uses a cache. */
export interface CacheOwner {
  /** The app's client; an empty one that nobody sees once another user has taken over. */
  queryClient: QueryClient;
}

/** Changes the data of the entries that match, and writes nothing to those that the change leaves as they are. */
export function updateEntries<Data>(
  owner: CacheOwner,
  filters: QueryFilters,
  change: (data: Data) => Data,
): void {
  owner.queryClient.setQueriesData<Data>(filters, (data) => {
    const next = data && change(data);
    return next === data ? undefined : next;
  });
}

/** Returns a function that restores the entries as they are now, for an optimistic update that fails. */
export function snapshotQueries(owner: CacheOwner, ...filters: QueryFilters[]): () => void {
  const entries = filters.flatMap((filter) => owner.queryClient.getQueriesData(filter));
  return () => {
    for (const [queryKey, data] of entries) owner.queryClient.setQueryData(queryKey, data);
  };
}

/** Stays the same object, so that nothing renders again while there is no data. */
export const noItems: readonly never[] = [];

/** Changes the items of each page. Pages without changes, and data without changes, stay the same objects. */
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
  return data.pages.flatMap(({ items }) => items.findLast((item) => item.id === id) ?? [])[0];
}

/** Changes the item with this id, if there is one. */
export function changeItem<Item extends Identified>(
  data: PagedData<Item>,
  id: string,
  change: (item: Item) => Item,
): PagedData<Item> {
  return mapPages(data, (items) => items.map((one) => (one.id === id ? change(one) : one)));
}

export function removeItems<Item extends Identified>(
  data: PagedData<Item>,
  ids: readonly string[],
): PagedData<Item> {
  return mapPages(data, (items) => items.filter((item) => !ids.includes(item.id)));
}

/**
 * The `structuralSharing` of paged lists: an item that is equal stays the same object even when it moves to
 * another index, where React Query compares by index. Use it only for entries of `PagedData`.
 */
export function sharePages(before: unknown, after: unknown): unknown {
  // React Query does not type this option; the entry's key tells its type.
  const previous = before as PagedData<Identified> | undefined;
  const next = after as PagedData<Identified>;
  if (!previous) return next;
  const shared = mapPages(next, (items, page) =>
    items.map((item, index) => {
      const old = previous.pages[page]?.items[index];
      return replaceEqualDeep(old?.id === item.id ? old : findItem(previous, item.id), item);
    }),
  );
  // Equal data must stay the same object: React Query compares an entry with itself in each render.
  return replaceEqualDeep(before, shared) === before ? before : shared;
}

/** Whether two lists have the same items. */
export function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
