"use client";

import { Pencil } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import { use } from "react";
import { CopyButton } from "../controls/copy-button.tsx";
import { BranchPicker } from "./branch-picker.tsx";
import { EditField } from "./edit-field.tsx";
import { ConversationBusyContext, MessageActionsContext } from "./message-actions.ts";
import { MessageAttachments } from "./message-attachments.tsx";
import { IconButton } from "../controls/icon-button.tsx";

interface UserMessageProps {
  readonly message: ChatMessage;
  /** The initial text of the edit field; null if the message is not being edited. */
  readonly editText: string | null;
}

export function UserMessage({ message, editText }: UserMessageProps) {
  const { cancelEdit, sendEdit } = use(MessageActionsContext);
  return (
    <article
      aria-label="Your message"
      className="group flex flex-col items-end"
      data-message-id={message.id}
      data-role={message.role}
      data-status={message.status}
    >
      <MessageAttachments attachments={message.attachments} />
      {editText !== null ? (
        <EditField
          text={editText}
          onCancel={() => cancelEdit(message.id)}
          onSend={(text) => sendEdit(message.id, text)}
        />
      ) : (
        <>
          <div className="user-bubble empty:hidden" data-message-content>
            {message.content}
          </div>
          <UserActions message={message} />
        </>
      )}
    </article>
  );
}

function UserActions({ message }: { readonly message: ChatMessage }) {
  const { startEdit } = use(MessageActionsContext);
  const isBusy = use(ConversationBusyContext);
  return (
    <div className="user-actions" data-shown={message.siblings.count > 1 || undefined}>
      <BranchPicker message={message} />
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
