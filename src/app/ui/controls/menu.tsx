"use client";

import type { KeyboardEvent, ReactNode } from "react";
import { useId } from "react";

export interface MenuItem {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly isDanger?: boolean;
  readonly onSelect: () => void;
}

interface MenuProps {
  /** The accessible name and the tooltip of the button. */
  readonly label: string;
  /** The id of an element that describes what the menu is for. */
  readonly describedBy?: string;
  readonly small?: boolean;
  readonly icon: ReactNode;
  readonly items: readonly MenuItem[];
}

/**
 * A button that opens a menu. The browser shows the menu in the top layer, closes it on Escape or an
 * outside click, and restores the focus. The arrow keys, Home and End move through the items.
 */
export function Menu({ label, describedBy, small = false, icon, items }: MenuProps) {
  const id = useId();
  return (
    <>
      <button
        type="button"
        popoverTarget={id}
        aria-haspopup="menu"
        aria-label={label}
        aria-describedby={describedBy}
        title={label}
        className={`icon-button ${small ? "icon-button-small" : ""}`}
      >
        {icon}
      </button>
      <div id={id} popover="auto" role="menu" aria-label={label} className="menu" onKeyDown={move}>
        {items.map((item, index) => (
          <button
            key={item.label}
            ref={index === 0 ? focusOnOpening : undefined}
            type="button"
            role="menuitem"
            tabIndex={-1}
            data-danger={item.isDanger || undefined}
            onClick={(event) => {
              event.currentTarget.closest<HTMLElement>("[popover]")?.hidePopover();
              item.onSelect();
            }}
          >
            {item.icon}
            {item.label}
          </button>
        ))}
      </div>
    </>
  );
}

/**
 * Sets `autofocus`, so that the browser focuses the item as it opens the menu and the next key already
 * goes to it. React does not render its `autoFocus` prop as an attribute.
 */
function focusOnOpening(item: HTMLElement | null): void {
  item?.setAttribute("autofocus", "");
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
  const next = steps.get(event.key);
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
}
