import { useLayoutEffect, useSyncExternalStore } from "react";
import { themeChanged, themeKey } from "./theme-names.ts";

export type Theme = "light" | "dark";

/** Returns the current theme, and a function that sets it. The theme is null on the server. */
export function useTheme(): readonly [Theme | null, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, readTheme, () => null), chooseTheme];
}

/** Applies the theme to pages that Next renders without the `beforePaint` script, as it does after an error. */
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
    // If storage is disabled, the choice lasts as long as the page.
  }
  document.documentElement.dataset["theme"] = theme;
  window.dispatchEvent(new Event(themeChanged));
}
