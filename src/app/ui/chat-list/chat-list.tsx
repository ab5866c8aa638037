"use client";

import { Search } from "lucide-react";
import type { FocusEvent } from "react";
import { useState } from "react";
import { useChatApp, useChatList } from "../app/chat-app.ts";
import { useClearWhenOnline } from "../app/use-clear-when-online.ts";
import { ErrorBanner } from "../controls/error-banner.tsx";
import { useWhenVisible } from "../controls/use-when-visible.ts";
import { ChatListItem } from "./chat-list-item.tsx";
import { groupByDate } from "./group-by-date.ts";
import { useCalendar } from "./use-calendar.ts";
import { useDebouncedValue } from "./use-debounced-value.ts";
import { useDeferredDelete } from "./use-deferred-delete.ts";
import { useListKeys } from "./use-list-keys.ts";

/**
 * The user's chats, grouped by date, with a search box.
 *
 * @param now when the server rendered the page
 */
export function ChatList({ now }: { readonly now: string }) {
  const { refreshChats, path } = useChatApp();
  const [input, setInput] = useState("");
  const debounced = useDebouncedValue(input.trim(), 150);
  const search = input.trim() === "" ? "" : debounced;
  const result = useChatList(search === "" ? {} : { search });
  const { chats, hasMore, isLoadingMore, loadMore, isLoading } = result;
  const { error, clearError, renameChat, deleteChat } = result;
  useClearWhenOnline(error, clearError);
  const deletion = useDeferredDelete(deleteChat);
  const calendar = useCalendar(now);
  const shown = chats.filter((chat) => !deletion.isDeleted(chat.id));
  const groups = groupByDate(shown, calendar.now, calendar.timeZone);
  // While a search is loading, the chats of the one before stay the same array.
  const [found, setFound] = useState({ search, chats });
  if (found.chats !== chats) setFound({ search, chats });
  const isStale = found.search !== input.trim() || (chats.length === 0 && hasMore);
  const { list, onSearchKeyDown, onListKeyDown } = useListKeys(isStale, () => setInput(""));
  const [focused, setFocused] = useState<string | null>(null);
  const isShown = (id: string | null): boolean => shown.some((chat) => chat.id === id);
  const openId = path.startsWith("/chats/") ? path.slice("/chats/".length) : null;
  const tabStop = [focused, openId].find(isShown) ?? shown[0]?.id;

  const retry = (): void => {
    clearError();
    refreshChats();
  };

  return (
    <>
      <label className="mx-2 flex h-9 shrink-0 items-center gap-2 rounded-lg px-2.5 text-sm text-muted-foreground focus-within:bg-card focus-within:outline-2 focus-within:outline-ring hover:bg-accent">
        <Search aria-hidden className="size-4 shrink-0" />
        <input
          type="search"
          dir="auto"
          data-search
          placeholder="Search chats"
          aria-label="Search chats"
          value={input}
          className="min-w-0 flex-1 bg-transparent text-foreground outline-none placeholder:text-muted-foreground [&::-webkit-search-cancel-button]:appearance-none"
          onChange={(event) => setInput(event.target.value)}
          onKeyDown={onSearchKeyDown}
        />
      </label>
      <nav
        ref={list}
        aria-label="Chats"
        className="min-h-0 flex-1 overflow-y-auto px-2 pb-4"
        onKeyDown={onListKeyDown}
        onFocus={(event) => setFocused(chatIdOf(event) ?? focused)}
      >
        {error !== null && (
          <div className="pt-2">
            <ErrorBanner message={error.message} onRetry={retry} />
          </div>
        )}
        {groups.map((group) => (
          <section key={group.label} aria-label={group.label}>
            <h2 className="px-2 pt-4 pb-1 text-xs font-medium text-muted-foreground">
              {group.label}
            </h2>
            <ul>
              {group.items.map((chat) => (
                <ChatListItem
                  key={chat.id}
                  chat={chat}
                  search={search}
                  isTabStop={chat.id === tabStop}
                  onRename={(title) => void renameChat(chat.id, title)}
                  onDelete={(item) => {
                    focusNeighbor(item);
                    deletion.remove(chat.id);
                  }}
                />
              ))}
            </ul>
          </section>
        ))}
        {groups.length === 0 && error === null && !isLoading && !hasMore && (
          <p className="px-2 pt-4 text-sm text-muted-foreground [overflow-wrap:anywhere]">
            {search === "" ? (
              "No chats yet."
            ) : (
              <>
                No results for “<bdi>{search}</bdi>”.
              </>
            )}
          </p>
        )}
        {/* A page of a long search may have no chats, and the next one is wanted all the same. */}
        {hasMore && error === null && (
          <LoadMore key={`${search} ${chats.length} ${isLoadingMore}`} onVisible={loadMore} />
        )}
      </nav>
    </>
  );
}

/** The chat that got the focus. */
function chatIdOf({ target }: FocusEvent): string | undefined {
  const link = target.closest("[data-chat-item]")?.querySelector("a");
  return link?.pathname.slice("/chats/".length);
}

/** Moves the focus to the next chat, since the one that has it is about to disappear. */
function focusNeighbor(item: Element): void {
  const links = [
    ...document.querySelectorAll<HTMLElement>("[data-new-chat], [data-chat-item] > a"),
  ];
  const place = links.findIndex((link) => item.contains(link));
  (links[place + 1] ?? links[place - 1])?.focus({ preventScroll: true });
}

/** Loads the next page when the end of the list scrolls into view. */
function LoadMore({ onVisible }: { readonly onVisible: () => unknown }) {
  const place = useWhenVisible(onVisible, "200px");
  return <div ref={place} className="h-8" aria-hidden />;
}
