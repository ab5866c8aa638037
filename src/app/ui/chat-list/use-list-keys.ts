import type { KeyboardEvent, RefObject } from "react";
import { useEffect, useRef } from "react";
import { isComposing } from "../controls/is-composing.ts";

interface ListKeys {
  readonly list: RefObject<HTMLElement | null>;
  /** For the search box: the arrow keys go to the chats, Enter opens the first one that was found. */
  readonly onSearchKeyDown: (event: KeyboardEvent<HTMLInputElement>) => void;
  /**
   * For the list: the arrow keys, Home and End move through the chats, right and left to a chat's menu and back.
   */
  readonly onListKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

/**
 * Moves the focus through a list of chats, which is one stop for Tab.
 *
 * @param isStale whether the list does not yet show what the search box asks for
 */
export function useListKeys(isStale: boolean, onSearchEscape: () => void): ListKeys {
  const list = useRef<HTMLElement>(null);
  /** True from Enter until the chats that it is about are there. */
  const isEnterHeld = useRef(false);
  const chats = (): HTMLElement[] => [
    ...(list.current?.querySelectorAll<HTMLElement>("[data-chat-item] > a") ?? []),
  ];
  const searchBox = (): HTMLElement | null | undefined =>
    list.current?.parentElement?.querySelector<HTMLElement>("[data-search]");

  useEffect(() => {
    if (isStale || !isEnterHeld.current) return;
    isEnterHeld.current = false;
    // The user may have gone elsewhere meanwhile.
    if (document.activeElement === searchBox()) chats()[0]?.click();
  });

  const onSearchKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (isComposing(event)) return;
    isEnterHeld.current = event.key === "Enter" && isStale;
    const [first] = chats();
    if (event.key === "Escape" && event.currentTarget.value !== "") {
      // A first Escape empties the box, a second one closes a phone's list.
      event.stopPropagation();
      onSearchEscape();
    }
    if (first === undefined) return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      first.focus();
    } else if (event.key === "Enter" && !isStale) first.click();
  };

  const onListKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const target = event.target instanceof HTMLElement ? event.target : null;
    const item = target?.closest("[data-chat-item]");
    const link = item?.querySelector<HTMLElement>(":scope > a");
    if (target === null || item === null || item === undefined || !link) return;
    // With a modifier, a key is the browser's, such as Alt and an arrow for the page before.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = chats();
    const place = all.indexOf(link);
    const next = {
      ArrowDown: all[place + 1],
      ArrowUp: place === 0 ? searchBox() : all[place - 1],
      Home: all[0],
      End: all.at(-1),
      ArrowRight: item.querySelector<HTMLElement>("[data-menu-button]"),
      ArrowLeft: link,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    next?.focus();
  };

  return { list, onSearchKeyDown, onListKeyDown };
}
