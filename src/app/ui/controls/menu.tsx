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
  /** What the button opens; its accessible name and its tooltip. */
  readonly label: string;
  /** The id of what the menu is about, when the label alone does not say it. */
  readonly describedBy?: string;
  readonly small?: boolean;
  /** The button's icon. */
  readonly icon: ReactNode;
  readonly items: readonly MenuItem[];
}

/**
 * A button with a menu. The browser opens it above everything else, closes it for a click beside it or
 * Escape, and gives the focus back; the arrow keys, Home and End go through it.
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

/** The browser does it as it opens the menu: the next key is for the menu already. React keeps the attribute to itself. */
function focusOnOpening(item: HTMLElement | null): void {
  item?.setAttribute("autofocus", "");
}

function move(event: KeyboardEvent<HTMLElement>): void {
  const menu = event.currentTarget;
  // The browser closes the menu; nothing around it is to hear of that key.
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
