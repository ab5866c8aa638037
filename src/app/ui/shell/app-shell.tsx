"use client";

import dynamic from "next/dynamic";
import { usePathname, useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { OpenDrawerContext } from "./open-drawer-button.tsx";
import { Sidebar } from "./sidebar.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

const Toaster = dynamic(() => import("../controls/toaster.tsx"), { ssr: false });

const ShortcutsDialog = dynamic(() => import("./shortcuts-dialog.tsx"), { ssr: false });

/** The page with the chat list next to it. On a narrow screen, the list is a drawer on top of the page. */
export function AppShell({
  now,
  children,
}: {
  readonly now: string;
  readonly children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const drawer = useRef<HTMLElement>(null);
  /** Selects the element to focus when the drawer opens. */
  const firstFocus = useRef("a, button");
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const pathname = usePathname();
  const router = useRouter();

  useShortcuts({
    newChat: () => router.push("/"),
    search: () => {
      const isDrawer = window.matchMedia("(width < 48rem)").matches;
      if (!isDrawer || open) focusOn("[data-search]");
      else {
        firstFocus.current = "[data-search]";
        setOpen(true);
      }
    },
    compose: () => {
      setOpen(false);
      // Closing the drawer first returns the focus to the element that opened it.
      setTimeout(() => focusOn("[data-composer]"), 50);
    },
    help: () => setIsHelpOpen(true),
  });

  useEffect(() => setOpen(false), [pathname]);
  useEffect(() => {
    if (!open) return undefined;
    const opener = document.activeElement;
    drawer.current?.querySelector<HTMLElement>(firstFocus.current)?.focus();
    firstFocus.current = "a, button";
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") setOpen(false);
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, [open]);

  return (
    <OpenDrawerContext value={() => setOpen(true)}>
      <div className="flex h-dvh overflow-hidden">
        <aside ref={drawer} aria-label="Chats" className="drawer" data-open={open || undefined}>
          <Sidebar
            now={now}
            onNavigate={() => setOpen(false)}
            onShortcuts={() => setIsHelpOpen(true)}
          />
        </aside>
        <button
          type="button"
          className="drawer-backdrop"
          data-open={open || undefined}
          aria-label="Close chat list"
          tabIndex={open ? 0 : -1}
          onClick={() => setOpen(false)}
        />
        <main className="flex min-w-0 flex-1 flex-col" inert={open}>
          {children}
        </main>
      </div>
      <Toaster />
      {isHelpOpen && <ShortcutsDialog onClose={() => setIsHelpOpen(false)} />}
    </OpenDrawerContext>
  );
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}
