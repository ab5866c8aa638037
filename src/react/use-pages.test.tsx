import { QueryClient } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeServerError } from "../../test/support/fakes/fake-chat-server.ts";
import { perform, settle, withClient } from "../../test/support/clients/render-chat.tsx";
import type { Page } from "../chat/chat-procedures.ts";
import type { UsePagesResult } from "./use-pages.ts";
import { usePages } from "./use-pages.ts";

interface Item {
  readonly id: string;
}

const queryKey = ["items"];

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** Renders three pages, which are loaded by the test's own function, if it has one. */
function renderPages(load: (cursor: string | undefined) => Promise<void> = async () => {}) {
  const queryClient = new QueryClient();
  const results: UsePagesResult<Item>[] = [];
  const loaded: (string | undefined)[] = [];
  const loadPage = async (cursor: string | undefined): Promise<Page<Item>> => {
    loaded.push(cursor);
    await load(cursor);
    const page = Number(cursor ?? 0);
    return { items: [{ id: `item-${page}` }], nextCursor: page < 2 ? `${page + 1}` : null };
  };
  function Pages() {
    results.push(usePages<Item>(queryClient, { queryKey, load: loadPage }));
    return null;
  }
  render(withClient(queryClient, <Pages />));
  const pages = (): UsePagesResult<Item> => {
    const result = results.at(-1);
    if (!result) throw new Error("Nothing was rendered.");
    return result;
  };
  return { queryClient, loaded, pages };
}

test("pages load one after another, until there are no more", async () => {
  const { loaded, pages } = renderPages();
  expect(pages()).toMatchObject({ isLoading: true, hasMore: false });
  await settle();
  expect(pages()).toMatchObject({ isLoading: false, hasMore: true });
  for (let page = 0; page < 4; page++) await perform(() => pages().loadMore());
  expect(loaded).toEqual([undefined, "1", "2"]);
  expect(pages().data?.pages).toHaveLength(3);
  expect(pages().hasMore).toBe(false);
});

test("loading more waits for a refetch in progress instead of cancelling it", async () => {
  let respond = (): void => {};
  let isHeld = false;
  const { queryClient, loaded, pages } = renderPages(async () => {
    if (isHeld) await new Promise<void>((resolve) => (respond = resolve));
  });
  await settle();
  isHeld = true;
  void queryClient.invalidateQueries({ queryKey });
  await settle();
  await perform(() => pages().loadMore());
  expect(loaded).toEqual([undefined, undefined]);
  isHeld = false;
  respond();
  await settle();
  expect(loaded).toEqual([undefined, undefined, "1"]);
});

test("an error is that of the first or the next page, not that of a refetch", async () => {
  let error: Error | null = new FakeServerError("FORBIDDEN", "Not for you.");
  const { queryClient, pages } = renderPages(async () => {
    if (error) throw error;
  });
  await settle();
  expect(pages().error).toMatchObject({ code: "FORBIDDEN", message: "Not for you." });
  error = null;
  await queryClient.invalidateQueries({ queryKey });
  await settle();
  expect(pages().error).toBeNull();
  error = new FakeServerError("FORBIDDEN");
  await perform(() => pages().loadMore());
  expect(pages().error?.code).toBe("FORBIDDEN");
  error = null;
  await perform(() => pages().loadMore());
  expect(pages().error).toBeNull();
  error = new FakeServerError("FORBIDDEN");
  void queryClient.invalidateQueries({ queryKey });
  await settle();
  expect(pages().error).toBeNull();
});
