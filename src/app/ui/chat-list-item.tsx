"use client";

import { Pencil, Trash2 } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ChatSummary } from "node-llm-trpc/react";
import { useId, useRef, useState } from "react";
import { IconButton } from "./icon-button.tsx";

interface ChatListItemProps {
  readonly chat: ChatSummary;
  readonly onRename: (title: string) => void;
  readonly onDelete: () => void;
}

export function ChatListItem({ chat, onRename, onDelete }: ChatListItemProps) {
  const [isRenaming, setIsRenaming] = useState(false);
  const isCurrent = usePathname() === `/chats/${chat.id}`;
  const title = chat.title ?? "New chat";
  const titleId = useId();

  if (isRenaming) {
    return (
      <li>
        <RenameField
          title={title}
          onDone={(next) => {
            setIsRenaming(false);
            if (next !== null && next !== title) onRename(next);
          }}
        />
      </li>
    );
  }
  return (
    <li className="chat-item" data-current={isCurrent || undefined}>
      <Link
        href={`/chats/${chat.id}`}
        prefetch={false}
        aria-current={isCurrent ? "page" : undefined}
        title={title}
      >
        <span id={titleId} className="truncate">
          {title}
        </span>
        {chat.activeMessageId !== null && (
          <span className="live-dot" role="img" aria-label="An answer is being written" />
        )}
      </Link>
      <span className="chat-item-actions">
        <IconButton
          label="Rename"
          aria-describedby={titleId}
          small
          onClick={() => setIsRenaming(true)}
        >
          <Pencil aria-hidden />
        </IconButton>
        <IconButton label="Delete" aria-describedby={titleId} small onClick={onDelete}>
          <Trash2 aria-hidden />
        </IconButton>
      </span>
    </li>
  );
}

interface RenameFieldProps {
  readonly title: string;
  /** Called once: with the new title, or null when it stays as it is. */
  readonly onDone: (title: string | null) => void;
}

function RenameField({ title, onDone }: RenameFieldProps) {
  const [text, setText] = useState(title);
  const isDone = useRef(false);
  const done = (next: string | null): void => {
    if (isDone.current) return;
    isDone.current = true;
    onDone(next?.trim() === "" ? null : (next?.trim() ?? null));
  };
  return (
    <input
      className="rename-field"
      aria-label="Title of the chat"
      maxLength={200}
      value={text}
      autoFocus
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => done(text)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") done(text);
        if (event.key !== "Escape") return;
        // On a phone it would also close the list.
        event.stopPropagation();
        done(null);
      }}
    />
  );
}
