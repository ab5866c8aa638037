"use client";

import type { ReactNode } from "react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useChatApp } from "../app/chat-app.ts";
import { loadLater } from "../controls/load-later.ts";
import { needsToaster, subscribeToToasts } from "../toast/show-toast.ts";
import { OpenDrawerContext } from "./open-drawer-button.tsx";
import { Sidebar } from "./sidebar.tsx";
import { useShortcuts } from "./use-shortcuts.ts";
import { useSidebarWidth } from "./use-sidebar-width.ts";

const Toaster = loadLater(async () => (await import("../toast/toaster.tsx")).Toaster);

const ShortcutsDialog = loadLater(
  async () => (await import("./shortcuts-dialog.tsx")).ShortcutsDialog,
);

interface AppShellProps {
  readonly now: string;
  readonly children: ReactNode;
}

/** The page with the chat list next to it. On a narrow screen, the list is a drawer on top of the page. */
export function AppShell({ now, children }: AppShellProps) {
  const [open, setOpen] = useState(false);
  const drawer = useRef<HTMLElement>(null);
  /** Selects the element to focus when the drawer opens. */
  const firstFocus = useRef("a, button");
  /** True from the shortcut for a new chat until its page is there. */
  const shouldCompose = useRef(false);
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const { isCollapsed, setIsCollapsed } = useSidebarWidth();
  const { path, navigate } = useChatApp();
  const hasToasts = useSyncExternalStore(subscribeToToasts, needsToaster, isFalse);

  useShortcuts({
    newChat: () => {
      setOpen(false);
      shouldCompose.current = true;
      if (path === "/") focusComposerSoon();
      else navigate("/");
    },
    search: () => {
      if (!isDrawer()) {
        setIsCollapsed(false);
        focusOn("[data-search]");
      } else if (open) focusOn("[data-search]");
      else {
        firstFocus.current = "[data-search]";
        setOpen(true);
      }
    },
    compose: () => {
      setOpen(false);
      focusComposerSoon();
    },
    toggleSidebar: () => {
      if (isDrawer()) setOpen(!open);
      else setIsCollapsed(!isCollapsed);
    },
    help: () => setIsHelpOpen(true),
  });

  useEffect(() => {
    setOpen(false);
    if (path === "/" && shouldCompose.current) focusComposerSoon();
    shouldCompose.current = false;
  }, [path]);
  useEffect(() => {
    if (!open) return undefined;
    const opener = document.activeElement;
    drawer.current?.querySelector<HTMLElement>(firstFocus.current)?.focus();
    firstFocus.current = "a, button";
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.isComposing) setOpen(false);
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, [open]);

  const openList = (): void => {
    if (isDrawer()) setOpen(true);
    else setIsCollapsed(false);
  };
  return (
    <OpenDrawerContext value={openList}>
      <a
        href="#page"
        className="fixed start-2 top-2 z-50 -translate-y-20 rounded-lg bg-primary px-3 py-2 text-sm font-medium text-primary-foreground focus:translate-y-0"
        onClick={(event) => {
          event.preventDefault();
          focusOn("#page");
        }}
      >
        Skip to content
      </a>
      <div className="flex h-dvh overflow-hidden">
        <aside
          ref={drawer}
          aria-label="Chats"
          data-drawer
          data-open={open || undefined}
          className="fixed inset-y-0 start-0 z-30 flex w-72 max-w-[85vw] shrink-0 flex-col border-e border-border bg-muted transition-transform duration-200 max-md:invisible max-md:-translate-x-full max-md:[transition:translate_0.2s,visibility_0.2s] max-md:data-open:visible max-md:data-open:translate-x-0 max-md:data-open:shadow-[0_0_40px_rgb(0_0_0/0.25)] max-md:data-open:[transition:translate_0.2s] md:static md:w-68 md:in-data-[sidebar=collapsed]:hidden rtl:max-md:translate-x-full rtl:max-md:data-open:translate-x-0"
        >
          <Sidebar
            now={now}
            onNavigate={() => setOpen(false)}
            onShortcuts={() => setIsHelpOpen(true)}
            onCollapse={() => {
              setOpen(false);
              if (!isDrawer()) setIsCollapsed(true);
            }}
          />
        </aside>
        <button
          type="button"
          data-open={open || undefined}
          aria-label="Close chat list"
          tabIndex={open ? 0 : -1}
          className="invisible fixed inset-0 z-20 bg-black/40 opacity-0 transition-[opacity,visibility] duration-200 data-open:visible data-open:opacity-100 md:hidden"
          onClick={() => setOpen(false)}
        />
        <main
          id="page"
          tabIndex={-1}
          className="flex min-w-0 flex-1 flex-col overflow-y-auto outline-none"
          inert={open}
        >
          {children}
        </main>
      </div>
      {hasToasts && <Toaster />}
      {isHelpOpen && <ShortcutsDialog onClose={() => setIsHelpOpen(false)} />}
    </OpenDrawerContext>
  );
}

const isFalse = (): boolean => false;

function isDrawer(): boolean {
  return window.matchMedia("(width < 48rem)").matches;
}

/** Waits for the page to show the composer, and for a drawer to return the focus to what opened it. */
function focusComposerSoon(): void {
  setTimeout(() => focusOn("[data-composer]"), 50);
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}
