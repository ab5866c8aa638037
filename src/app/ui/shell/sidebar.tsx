"use client";

import { ChartNoAxesColumn, Keyboard, PanelLeft, SquarePen } from "lucide-react";
import { useChatApp } from "../app/chat-app.ts";
import { ChatList } from "../chat-list/chat-list.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { Brand } from "./brand.tsx";
import { ThemeToggle } from "./theme-toggle.tsx";

interface SidebarProps {
  readonly now: string;
  readonly onNavigate: () => void;
  readonly onShortcuts: () => void;
  readonly onCollapse: () => void;
}

const footClass =
  "flex h-8 flex-1 items-center justify-center gap-2 rounded-lg text-muted-foreground hover:bg-accent hover:text-foreground aria-[current]:bg-accent aria-[current]:font-medium aria-[current]:text-foreground pointer-coarse:h-10 [&>svg]:size-4";

export function Sidebar({ now, onNavigate, onShortcuts, onCollapse }: SidebarProps) {
  const { Link, path } = useChatApp();
  return (
    <>
      <div className="flex h-13 shrink-0 items-center gap-0.5 ps-4 pe-2">
        <span className="min-w-0 flex-1">
          <Brand />
        </span>
        <ThemeToggle />
        <IconButton label="Hide chat list" onClick={onCollapse}>
          <PanelLeft aria-hidden className="rtl:-scale-x-100" />
        </IconButton>
      </div>
      <div className="px-2 pb-2">
        <Link
          href="/"
          data-new-chat
          onClick={onNavigate}
          className="flex h-9 items-center gap-2 rounded-lg border border-border bg-card px-2.5 text-sm font-medium hover:border-input pointer-coarse:h-11"
        >
          <SquarePen aria-hidden className="size-4" />
          New chat
        </Link>
      </div>
      <ChatList now={now} />
      <div className="flex shrink-0 gap-1 border-t border-border p-2 text-sm">
        <Link
          href="/usage"
          aria-current={path === "/usage" ? "page" : undefined}
          onClick={onNavigate}
          className={footClass}
        >
          <ChartNoAxesColumn aria-hidden />
          Usage
        </Link>
        {/* Phones have no keyboard. */}
        <button
          type="button"
          aria-haspopup="dialog"
          onClick={onShortcuts}
          className={`${footClass} pointer-coarse:max-md:hidden`}
        >
          <Keyboard aria-hidden />
          Shortcuts
        </button>
      </div>
    </>
  );
}
