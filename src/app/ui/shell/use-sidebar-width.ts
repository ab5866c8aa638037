import { useCallback, useSyncExternalStore } from "react";
import { sidebarKey } from "./sidebar-key.ts";

const changed = "sidebarchange";

interface SidebarWidth {
  readonly isCollapsed: boolean;
  readonly setIsCollapsed: (isCollapsed: boolean) => void;
}

/** Whether the user has collapsed the chat list. The choice is kept, and shown before the first paint. */
export function useSidebarWidth(): SidebarWidth {
  const isCollapsed = useSyncExternalStore(subscribe, read, () => false);
  const setIsCollapsed = useCallback((next: boolean) => {
    const { dataset } = document.documentElement;
    if (next) dataset["sidebar"] = "collapsed";
    else delete dataset["sidebar"];
    try {
      if (next) localStorage.setItem(sidebarKey, "collapsed");
      else localStorage.removeItem(sidebarKey);
    } catch {
      // If storage is disabled, the choice lasts as long as the page.
    }
    window.dispatchEvent(new Event(changed));
  }, []);
  return { isCollapsed, setIsCollapsed };
}

function read(): boolean {
  return document.documentElement.dataset["sidebar"] === "collapsed";
}

function subscribe(listener: () => void): () => void {
  window.addEventListener(changed, listener);
  return () => window.removeEventListener(changed, listener);
}
