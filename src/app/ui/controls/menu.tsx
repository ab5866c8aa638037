"use client";

import { Check } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";
import { useId } from "react";
import { iconButtonClass } from "./icon-button.tsx";

export interface MenuItem {
  readonly label: string;
  /** Shown below the label. */
  readonly detail?: string | undefined;
  readonly icon?: ReactNode;
  readonly isDanger?: boolean;
  /** For an item that is one of several choices: whether it is the current one. */
  readonly isChecked?: boolean;
  readonly onSelect: () => void;
}

interface MenuProps {
  /** The accessible name and the tooltip of the button. */
  readonly label: string;
  /** The id of an element that describes what the menu is for. */
  readonly describedBy?: string;
  /** The content of the button. */
  readonly children: ReactNode;
  /** The classes of the button, in place of an icon button's. */
  readonly className?: string;
  readonly small?: boolean;
  /** False if only a pointer reaches the button, because a key opens the menu, too. */
  readonly isTabStop?: boolean;
  /** Where the menu appears if there is room. */
  readonly side?: "below" | "above";
  readonly items: readonly MenuItem[];
}

const sides = {
  below: "[position-area:bottom_span-left]",
  above: "[position-area:top_span-right]",
};

/**
 * A button that opens a menu. The browser shows the menu in the top layer, closes it on Escape or an
 * outside click, and restores the focus. The arrow keys, Home, End and first letters move through the items.
 */
export function Menu(props: MenuProps) {
  const { label, describedBy, children, className, small = false, isTabStop = true, items } = props;
  const id = useId();
  const start = Math.max(
    0,
    items.findIndex(({ isChecked }) => isChecked),
  );
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        aria-haspopup="menu"
        aria-label={label}
        aria-describedby={describedBy}
        title={label}
        tabIndex={isTabStop ? undefined : -1}
        data-menu-button
        className={className ?? iconButtonClass(small)}
      >
        {children}
      </button>
      <div
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        className={`inset-auto m-1 max-h-[min(24rem,70dvh)] max-w-[calc(100vw-1rem)] min-w-40 overflow-y-auto rounded-xl border border-input bg-popover p-1 text-sm text-popover-foreground shadow-lg [position-try-fallbacks:flip-block,flip-inline,flip-block_flip-inline] ${sides[props.side ?? "below"]}`}
        onKeyDown={move}
      >
        {items.map((item, index) => (
          <MenuButton key={item.label} item={item} isStart={index === start} />
        ))}
      </div>
    </>
  );
}

function MenuButton({ item, isStart }: { readonly item: MenuItem; readonly isStart: boolean }) {
  const { label, detail, icon, isDanger = false, isChecked, onSelect } = item;
  return (
    <button
      ref={isStart ? focusOnOpening : undefined}
      type="button"
      role={isChecked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={isChecked}
      tabIndex={-1}
      className={`flex min-h-8 w-full items-center gap-2.5 rounded-lg px-2.5 py-1 text-start outline-none pointer-coarse:min-h-11 forced-colors:focus:outline-2 forced-colors:focus:outline-solid [&>svg]:size-4 [&>svg]:shrink-0 ${
        isDanger
          ? "text-destructive hover:bg-destructive-muted focus:bg-destructive-muted"
          : "hover:bg-accent focus:bg-accent"
      }`}
      onClick={(event) => {
        event.currentTarget.closest<HTMLElement>("[popover]")?.hidePopover();
        onSelect();
      }}
    >
      {icon}
      <span className="min-w-0 flex-1">
        <span className="block truncate">{label}</span>
        {detail !== undefined && (
          <span className="block truncate text-xs text-muted-foreground">{detail}</span>
        )}
      </span>
      {isChecked !== undefined && (
        <Check aria-hidden className={isChecked ? "text-primary" : "invisible"} />
      )}
    </button>
  );
}

/**
 * Sets `autofocus`, so that the browser focuses the item as it opens the menu and the next key already
 * goes to it. React does not render its `autoFocus` prop as an attribute.
 */
function focusOnOpening(item: HTMLElement | null): () => void {
  item?.setAttribute("autofocus", "");
  return () => item?.removeAttribute("autofocus");
}

function move(event: KeyboardEvent<HTMLElement>): void {
  const menu = event.currentTarget;
  // The browser closes the menu; the key must not also close what is around it.
  if (event.key === "Escape") event.stopPropagation();
  if (event.key === "Tab") menu.hidePopover();
  const items = [...menu.querySelectorAll("button")];
  const place = items.findIndex((item) => item === document.activeElement);
  const steps = new Map([
    ["ArrowDown", place + 1],
    ["ArrowUp", place - 1],
    ["Home", 0],
    ["End", -1],
  ]);
  const next = steps.get(event.key) ?? placeOfLetter(items, place, event);
  if (next === undefined) return;
  event.preventDefault();
  // The list around the menu has arrow keys of its own.
  event.stopPropagation();
  items.at(next % items.length)?.focus();
}

/** The next item that starts with the typed letter. */
function placeOfLetter(
  items: readonly HTMLElement[],
  place: number,
  { key, ctrlKey, metaKey, altKey }: KeyboardEvent,
): number | undefined {
  if (!/^\S$/u.test(key) || ctrlKey || metaKey || altKey) return undefined;
  const letter = key.toLowerCase();
  const after = [...items.slice(place + 1), ...items.slice(0, place + 1)];
  const item = after.find(({ textContent }) => textContent?.toLowerCase().startsWith(letter));
  return item === undefined ? undefined : items.indexOf(item);
}
