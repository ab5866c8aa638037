"use client";

import { Pencil } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import { use } from "react";
import { MessageAttachments } from "../attachments/message-attachments.tsx";
import { CopyButton } from "../controls/copy-button.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { loadLater } from "../controls/load-later.ts";
import { ConversationBusyContext, MessageActionsContext } from "./message-actions.ts";
import { UserBubble } from "./user-bubble.tsx";

const BranchPicker = loadLater(async () => (await import("./branch-picker.tsx")).BranchPicker);
const EditField = loadLater(async () => (await import("./edit-field.tsx")).EditField);

interface UserMessageProps {
  readonly message: ChatMessage;
  /** The initial text of the edit field; null if the message is not being edited. */
  readonly editText: string | null;
  /** True for a message that appears while the user looks at the chat. */
  readonly isNew: boolean;
}

export function UserMessage({ message, editText, isNew }: UserMessageProps) {
  const { cancelEdit, sendEdit } = use(MessageActionsContext);
  return (
    <article
      aria-label="Your message"
      className="group/message flex flex-col items-end"
      data-message-id={message.id}
      data-role={message.role}
      data-status={message.status}
    >
      <MessageAttachments attachments={message.attachments} />
      {editText !== null ? (
        <EditField
          text={editText}
          fallback={<UserBubble text={editText} isNew={false} />}
          onCancel={() => cancelEdit(message.id)}
          onSend={(text) => sendEdit(message.id, text)}
        />
      ) : (
        <>
          <UserBubble text={message.content} isNew={isNew} />
          <UserActions message={message} />
        </>
      )}
    </article>
  );
}

/** Takes up the gap between two messages, so that nothing moves when it appears. */
const actionsClass =
  "-me-1.5 mt-0.5 -mb-5 flex min-h-7 items-center text-xs text-muted-foreground opacity-0 transition-opacity group-focus-within/message:opacity-100 group-hover/message:opacity-100 data-shown:opacity-100 pointer-coarse:-mb-3 pointer-coarse:opacity-100";

function UserActions({ message }: { readonly message: ChatMessage }) {
  const { startEdit } = use(MessageActionsContext);
  const isBusy = use(ConversationBusyContext);
  return (
    <div className={actionsClass} data-shown={message.siblings.count > 1 || undefined}>
      {message.siblings.count > 1 && <BranchPicker message={message} />}
      {message.content !== "" && <CopyButton text={message.content} label="Copy question" />}
      <IconButton
        label="Edit question"
        small
        data-edit
        aria-disabled={isBusy}
        onClick={() => {
          if (!isBusy) startEdit(message.id);
        }}
      >
        <Pencil aria-hidden />
      </IconButton>
    </div>
  );
}
