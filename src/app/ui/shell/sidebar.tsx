"use client";

import { ChartNoAxesColumn, Keyboard, SquarePen } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { Brand } from "./brand.tsx";
import { ChatList } from "../chat-list/chat-list.tsx";
import { ThemeToggle } from "./theme-toggle.tsx";

interface SidebarProps {
  readonly now: string;
  readonly onNavigate: () => void;
  readonly onShortcuts: () => void;
}

export function Sidebar({ now, onNavigate, onShortcuts }: SidebarProps) {
  const isUsage = usePathname() === "/usage";
  return (
    <>
      <div className="flex h-13 shrink-0 items-center justify-between pr-2 pl-4">
        <Brand />
        <ThemeToggle />
      </div>
      <div className="px-2 pb-2">
        <Link href="/" prefetch={false} data-new-chat onClick={onNavigate} className="new-chat">
          <SquarePen aria-hidden className="size-4" />
          New chat
        </Link>
      </div>
      <ChatList now={now} />
      <div className="sidebar-foot">
        <Link
          href="/usage"
          prefetch={false}
          aria-current={isUsage ? "page" : undefined}
          onClick={onNavigate}
        >
          <ChartNoAxesColumn aria-hidden />
          Usage
        </Link>
        <button type="button" aria-haspopup="dialog" onClick={onShortcuts}>
          <Keyboard aria-hidden />
          Shortcuts
        </button>
      </div>
    </>
  );
}
