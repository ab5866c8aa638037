import { useSyncExternalStore } from "react";
import { themeChanged, themeKey } from "./theme-names.ts";

export type Theme = "light" | "dark";

/** The theme on the page; null until the page is ready, since the server can't know it. */
export function useTheme(): readonly [Theme | null, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, readTheme, () => null), chooseTheme];
}

function readTheme(): Theme {
  return document.documentElement.dataset["theme"] === "dark" ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  window.addEventListener(themeChanged, listener);
  return () => window.removeEventListener(themeChanged, listener);
}

function chooseTheme(theme: Theme): void {
  try {
    localStorage.setItem(themeKey, theme);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  document.documentElement.dataset["theme"] = theme;
  window.dispatchEvent(new Event(themeChanged));
}
