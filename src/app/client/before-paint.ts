import { sidebarKey } from "../ui/shell/sidebar-key.ts";
import { themeChanged, themeKey } from "../ui/theme/theme-names.ts";

/**
 * A script that runs before the first paint. It applies the theme that the user chose, or follows the
 * system's theme if there is none, hides the chat list if the user has, and scrolls a long chat to its end.
 */
export const beforePaint = `(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const chosen = () => read("${themeKey}");
  if (read("${sidebarKey}") === "collapsed") root.dataset.sidebar = "collapsed";
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
