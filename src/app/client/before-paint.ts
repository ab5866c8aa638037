import { themeChanged, themeKey } from "./theme-names.ts";

/**
 * Runs before the first paint: sets the theme that the user chose, or the system's, and follows the
 * system until the user chooses. It also shows a long chat from its end at once.
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
