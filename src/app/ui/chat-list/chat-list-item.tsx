"use client";

import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import type { ChatSummary } from "node-llm-trpc/react";
import { useEffect, useId, useRef, useState } from "react";
import { useChatApp } from "../app/chat-app.ts";
import { Menu } from "../controls/menu.tsx";
import { loadLater } from "../controls/load-later.ts";

const ChatMatch = loadLater(async () => (await import("./chat-match.tsx")).ChatMatch);

const RenameField = loadLater(async () => (await import("./rename-field.tsx")).RenameField);

interface ChatListItemProps {
  readonly chat: ChatSummary;
  /** The search term; empty if the list is not filtered. */
  readonly search: string;
  /** Whether Tab stops at this chat. The arrow keys go to the others. */
  readonly isTabStop: boolean;
  readonly onRename: (title: string) => void;
  /** Receives the list item's element. */
  readonly onDelete: (item: Element) => void;
}

export function ChatListItem({ chat, search, isTabStop, onRename, onDelete }: ChatListItemProps) {
  const { Link, path } = useChatApp();
  const [isRenaming, setIsRenaming] = useState(false);
  const isCurrent = path === `/chats/${chat.id}`;
  const title = chat.title ?? "New chat";
  const titleId = useId();
  const hasMatch = search !== "" && chat.match !== undefined;
  const item = useRef<HTMLLIElement>(null);
  const isFocusLost = useRef(false);
  useEffect(() => {
    if (!isFocusLost.current) return;
    isFocusLost.current = false;
    item.current?.querySelector("a")?.focus();
  });

  const link = (
    <Link
      href={`/chats/${chat.id}`}
      aria-current={isCurrent ? "page" : undefined}
      title={title}
      tabIndex={isTabStop ? 0 : -1}
      className="flex min-h-9 items-center gap-2 rounded-lg px-2.5 -outline-offset-2 group-focus-within/item:pe-10 group-hover/item:pe-10 hover:bg-accent aria-[current]:bg-accent aria-[current]:font-medium pointer-coarse:min-h-11 pointer-coarse:pe-12! forced-colors:aria-[current]:outline-1"
    >
      <span className="min-w-0 flex-1">
        <span id={titleId} className={`block truncate ${hasMatch ? "mt-2" : ""}`}>
          <span dir="auto">{title}</span>
        </span>
        {hasMatch && <ChatMatch text={chat.match} search={search} />}
      </span>
      {chat.activeMessageId !== null && (
        <span
          role="img"
          aria-label="Answer in progress"
          className="size-2 shrink-0 animate-pulse rounded-full bg-primary forced-colors:bg-[Highlight]"
        />
      )}
    </Link>
  );
  if (isRenaming) {
    return (
      <li>
        <RenameField
          fallback={link}
          title={title}
          onDone={(next, isByKey) => {
            isFocusLost.current = isByKey;
            setIsRenaming(false);
            if (next !== null && next !== title) onRename(next);
          }}
        />
      </li>
    );
  }
  return (
    <li ref={item} data-chat-item className="group/item relative rounded-lg text-sm">
      {link}
      <span className="absolute inset-y-0 end-1 flex items-center opacity-0 group-focus-within/item:opacity-100 group-hover/item:opacity-100 pointer-coarse:opacity-100">
        <Menu
          label="Chat options"
          describedBy={titleId}
          small
          isTabStop={false}
          items={[
            {
              label: "Rename",
              icon: <Pencil aria-hidden />,
              onSelect: () => setIsRenaming(true),
            },
            {
              label: "Delete",
              icon: <Trash2 aria-hidden />,
              isDanger: true,
              onSelect: () => {
                if (item.current !== null) onDelete(item.current);
              },
            },
          ]}
        >
          <Ellipsis aria-hidden />
        </Menu>
      </span>
    </li>
  );
}
