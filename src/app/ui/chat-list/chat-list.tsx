"use client";

import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useChatList } from "../../client/chat-hooks.ts";
import { groupByDate } from "./group-by-date.ts";
import { useCalendar } from "./use-calendar.ts";
import { trpc } from "../../client/trpc.ts";
import { useDeferredDelete } from "./use-deferred-delete.ts";
import { useSettled } from "./use-settled.ts";
import { ErrorBanner } from "../controls/banners.tsx";
import { ChatListItem } from "./chat-list-item.tsx";

/** The chats by date, with search. `now` is the time at the server. */
export function ChatList({ now }: { readonly now: string }) {
  const [search, setSearch] = useState("");
  const settled = useSettled(search.trim(), 150);
  const wanted = search.trim() === "" ? "" : settled;
  const { chats, hasMore, loadMore, error, clearError, isLoading, renameChat, deleteChat } =
    useChatList(wanted === "" ? {} : { search: wanted });
  const utils = trpc.useUtils();
  const deletion = useDeferredDelete(deleteChat);
  const calendar = useCalendar(now);
  const shown = chats.filter((chat) => !deletion.isDeleted(chat.id));
  const groups = groupByDate(shown, calendar.now, calendar.timeZone);

  const retry = (): void => {
    clearError();
    void utils.chat.list.invalidate();
  };

  return (
    <>
      <label className="search">
        <Search aria-hidden className="size-4 shrink-0" />
        <input
          type="search"
          data-search
          placeholder="Search chats"
          aria-label="Search chats"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </label>
      <nav aria-label="Chats" className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        {error !== null && (
          <div className="pt-2">
            <ErrorBanner message={error.message} onDismiss={null} onRetry={retry} />
          </div>
        )}
        {groups.map((group) => (
          <section key={group.label} aria-label={group.label}>
            <h2 className="px-2 pt-4 pb-1 text-xs font-medium text-soft">{group.label}</h2>
            <ul>
              {group.items.map((chat) => (
                <ChatListItem
                  key={chat.id}
                  chat={chat}
                  search={wanted}
                  onRename={(title) => void renameChat(chat.id, title)}
                  onDelete={(item) => {
                    focusNeighbour(item);
                    deletion.remove(chat.id);
                  }}
                />
              ))}
            </ul>
          </section>
        ))}
        {groups.length === 0 && error === null && !isLoading && (
          <p className="px-2 pt-4 text-sm text-soft">
            {wanted === "" ? "No chats yet." : `Nothing found for “${wanted}”.`}
          </p>
        )}
        {hasMore && <LoadMore onVisible={loadMore} />}
      </nav>
    </>
  );
}

/** The focus would be lost with the chat that has it. */
function focusNeighbour(item: Element): void {
  const links = [...document.querySelectorAll<HTMLElement>("[data-new-chat], .chat-item a")];
  const place = links.findIndex((link) => item.contains(link));
  (links[place + 1] ?? links[place - 1])?.focus({ preventScroll: true });
}

/** Asks for the next page when its place comes into view. */
function LoadMore({ onVisible }: { readonly onVisible: () => unknown }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void onVisible();
      },
      { rootMargin: "200px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  });
  return <div ref={place} className="h-8" aria-hidden />;
}
