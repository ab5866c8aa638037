import type { KeyboardEvent, RefObject } from "react";
import { useRef } from "react";
import { isComposing } from "../controls/is-composing.ts";

interface ListKeys {
  readonly list: RefObject<HTMLElement | null>;
  /** For the search box: the arrow keys go to the chats, Enter opens the first one. */
  readonly onSearchKeyDown: (event: KeyboardEvent<HTMLInputElement>) => void;
  /**
   * For the list: the arrow keys, Home and End move through the chats, right and left to a chat's menu and back.
   */
  readonly onListKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

/** Moves the focus through a list of chats, which is one stop for Tab. */
export function useListKeys(onSearchEscape: () => void): ListKeys {
  const list = useRef<HTMLElement>(null);
  const chats = (): HTMLElement[] => [
    ...(list.current?.querySelectorAll<HTMLElement>("[data-chat-item] > a") ?? []),
  ];
  const searchBox = (): HTMLElement | null | undefined =>
    list.current?.parentElement?.querySelector<HTMLElement>("[data-search]");

  const onSearchKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (isComposing(event)) return;
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
    } else if (event.key === "Enter") first.click();
  };

  const onListKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const target = event.target instanceof HTMLElement ? event.target : null;
    const item = target?.closest("[data-chat-item]");
    const link = item?.querySelector<HTMLElement>(":scope > a");
    if (target === null || item === null || item === undefined || !link) return;
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
