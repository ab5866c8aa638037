"use client";

import { Ellipsis, Pencil, Trash2 } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ChatSummary } from "node-llm-trpc/react";
import { useEffect, useId, useRef, useState } from "react";
import { ChatMatch } from "./chat-match.tsx";
import { Menu } from "../controls/menu.tsx";

interface ChatListItemProps {
  readonly chat: ChatSummary;
  /** The search term; empty if the list is not filtered. */
  readonly search: string;
  readonly onRename: (title: string) => void;
  /** Receives the list item's element. */
  readonly onDelete: (item: Element) => void;
}

export function ChatListItem({ chat, search, onRename, onDelete }: ChatListItemProps) {
  const [isRenaming, setIsRenaming] = useState(false);
  const isCurrent = usePathname() === `/chats/${chat.id}`;
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

  if (isRenaming) {
    return (
      <li>
        <RenameField
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
    <li ref={item} className="chat-item" data-current={isCurrent || undefined}>
      <Link
        href={`/chats/${chat.id}`}
        prefetch={false}
        aria-current={isCurrent ? "page" : undefined}
        title={title}
      >
        <span className="min-w-0 flex-1">
          <span id={titleId} className={`block truncate ${hasMatch ? "mt-2" : ""}`}>
            {title}
          </span>
          {hasMatch && <ChatMatch text={chat.match} search={search} />}
        </span>
        {chat.activeMessageId !== null && (
          <span className="live-dot" role="img" aria-label="Answer in progress" />
        )}
      </Link>
      <span className="chat-item-actions">
        <Menu
          label="Chat options"
          describedBy={titleId}
          small
          icon={<Ellipsis aria-hidden />}
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
        />
      </span>
    </li>
  );
}

interface RenameFieldProps {
  readonly title: string;
  /** Called once, with the new title, or null to keep the current one, and whether a key ended the edit. */
  readonly onDone: (title: string | null, isByKey: boolean) => void;
}

function RenameField({ title, onDone }: RenameFieldProps) {
  const [text, setText] = useState(title);
  const isDone = useRef(false);
  const done = (next: string | null, isByKey: boolean): void => {
    if (isDone.current) return;
    isDone.current = true;
    onDone(next?.trim() === "" ? null : (next?.trim() ?? null), isByKey);
  };
  return (
    <input
      className="rename-field"
      aria-label="Chat title"
      maxLength={200}
      value={text}
      autoFocus
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => done(text, false)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") done(text, true);
        if (event.key !== "Escape") return;
        // Otherwise it would also close the drawer on a phone.
        event.stopPropagation();
        done(null, true);
      }}
    />
  );
}
