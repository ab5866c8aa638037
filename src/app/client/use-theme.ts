import { useLayoutEffect, useSyncExternalStore } from "react";
import { themeChanged, themeKey } from "./theme-names.ts";

export type Theme = "light" | "dark";

/** The theme on the page; null until the page is ready, since the server can't know it. */
export function useTheme(): readonly [Theme | null, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, readTheme, () => null), chooseTheme];
}

/** Sets the theme on a page that Next draws without its head, and so without `beforePaint`: after an error. */
export function useThemeWithoutScript(): void {
  useLayoutEffect(() => {
    const { dataset } = document.documentElement;
    if (dataset["theme"] !== undefined) return;
    const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    dataset["theme"] = readChoice() ?? (isDark ? "dark" : "light");
    window.dispatchEvent(new Event(themeChanged));
  }, []);
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(themeKey);
  } catch {
    return null;
  }
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
