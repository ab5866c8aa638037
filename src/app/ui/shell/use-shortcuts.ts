import { useEffect, useRef } from "react";

export interface Shortcuts {
  readonly newChat: () => void;
  readonly search: () => void;
  readonly compose: () => void;
  readonly toggleSidebar: () => void;
  readonly help: () => void;
}

/** Handles the shortcuts that work anywhere on the page. Text fields handle their own keys. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const name = shortcutOf(event);
      if (name === null || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      latest.current[name]();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** Returns the shortcut that a key event triggers, or null if it triggers none. */
export function shortcutOf(event: Pressed): keyof Shortcuts | null {
  const key = event.key.toLowerCase();
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) {
    if (key === "k" && !event.shiftKey) return "search";
    if (key === "b" && !event.shiftKey) return "toggleSidebar";
    if (key === "/" || key === "?") return "help";
    return key === "o" && event.shiftKey ? "newChat" : null;
  }
  return key === "escape" && event.shiftKey ? "compose" : null;
}
