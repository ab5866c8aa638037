"use client";

import { Menu } from "lucide-react";
import dynamic from "next/dynamic";
import { usePathname, useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { createContext, use, useEffect, useRef, useState } from "react";
import { useShortcuts } from "./use-shortcuts.ts";
import { IconButton } from "../controls/icon-button.tsx";
import { Sidebar } from "./sidebar.tsx";

const Toaster = dynamic(() => import("../controls/toaster.tsx"), { ssr: false });

const ShortcutsDialog = dynamic(() => import("./shortcuts-dialog.tsx"), { ssr: false });

const OpenDrawer = createContext<() => void>(() => undefined);

/** The list of chats beside the page; on a narrow screen it is a drawer over it. */
export function AppShell({
  now,
  children,
}: {
  readonly now: string;
  readonly children: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const drawer = useRef<HTMLElement>(null);
  /** What gets the focus when the drawer opens. */
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
      // A drawer that closes gives the focus back first.
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
    <OpenDrawer value={() => setOpen(true)}>
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
          aria-label="Close the list of chats"
          tabIndex={open ? 0 : -1}
          onClick={() => setOpen(false)}
        />
        <main className="flex min-w-0 flex-1 flex-col" inert={open}>
          {children}
        </main>
      </div>
      <Toaster />
      {isHelpOpen && <ShortcutsDialog onClose={() => setIsHelpOpen(false)} />}
    </OpenDrawer>
  );
}

function focusOn(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

/** Opens the drawer; on a wide screen, where there is none, it is not shown. */
export function OpenDrawerButton() {
  const openDrawer = use(OpenDrawer);
  return (
    <IconButton label="Open the list of chats" onClick={openDrawer} className="md:hidden">
      <Menu aria-hidden />
    </IconButton>
  );
}
