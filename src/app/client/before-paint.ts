import { themeChanged, themeKey } from "./theme-names.ts";

/**
 * A script that runs before the first paint. It applies the theme that the user chose, or follows the
 * system's theme if there is none, and scrolls a long chat to its end.
 */
export const beforePaint = `(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => { try { return localStorage.getItem("${themeKey}"); } catch { return null; } };
  const apply = () => {
    root.dataset.theme = chosen() ?? (dark.matches ? "dark" : "light");
    dispatchEvent(new Event("${themeChanged}"));
  };
  apply();
  dark.addEventListener("change", apply);
  addEventListener("storage", apply);
  addEventListener("DOMContentLoaded", () => {
    const scroller = document.querySelector("[data-transcript]");
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
  });
})()`;
