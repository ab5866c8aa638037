"use client";

import { SquarePen } from "lucide-react";
import Link from "next/link";
import type { ChatSummary, MessageDraft } from "node-llm-trpc/react";
import { useRef, useState } from "react";
import { useChat } from "../../client/chat-hooks.ts";
import { trpc } from "../../client/trpc.ts";
import { Composer } from "../composer/composer.tsx";
import { focusComposer } from "../composer/focus-composer.ts";
import { ModelPicker } from "../composer/model-picker.tsx";
import { useAttachments } from "../composer/use-attachments.ts";
import { useDraft } from "../composer/use-draft.ts";
import { useFileDrop } from "../composer/use-file-drop.ts";
import { ErrorBanner } from "../controls/error-banner.tsx";
import { ExportMenu } from "../export/export-menu.tsx";
import { MissingAnswer } from "../message/answer-ending.tsx";
import { ConversationBusyContext, MessageActionsContext } from "../message/message-actions.ts";
import { TypingIndicator } from "../message/typing-indicator.tsx";
import { ChatSettingsButton } from "../settings/chat-settings-button.tsx";
import { useChatSettings } from "../settings/use-chat-settings.ts";
import { OpenDrawerButton } from "../shell/open-drawer-button.tsx";
import { RespondToToolContext } from "../tool/tool-decision.ts";
import { AnswerAnnouncer } from "./answer-announcer.tsx";
import { ChatNotFound } from "./chat-not-found.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { PendingTurn } from "./pending-turn.tsx";
import { Suggestions } from "./suggestions.tsx";
import { TranscriptSkeleton } from "./transcript-skeleton.tsx";
import { Transcript } from "./transcript.tsx";
import { unansweredMessage } from "./unanswered-message.ts";
import { useChatTitle } from "./use-chat-title.ts";
import { useMessageActions } from "./use-message-actions.ts";
import { Welcome } from "./welcome.tsx";

interface ConversationProps {
  /** Null for a new chat, which its first message creates. */
  readonly chatId: string | null;
  readonly onChatCreated?: (chat: ChatSummary) => void;
}

/** A chat with its title, messages and composer. */
export function Conversation({ chatId, onChatCreated }: ConversationProps) {
  const info = trpc.chat.get.useQuery({ chatId: chatId ?? "" }, { enabled: chatId !== null });
  const [chosenModel, setChosenModel] = useState<string | null>(null);
  const { settings, save: saveSettings } = useChatSettings(chatId, info.data);
  const draft = useDraft(chatId ?? "new");
  const isNew = chatId === null;
  const chat = useChat({
    chatId,
    newChat: {
      ...(chosenModel === null ? {} : { model: chosenModel }),
      ...(isNew && settings.instructions !== "" && { instructions: settings.instructions }),
      ...(isNew && settings.temperature !== null && { temperature: settings.temperature }),
    },
    onChatCreated: (created) => {
      draft.moveTo(created.id);
      onChatCreated?.(created);
    },
  });
  const { messages, status, error, sendMessage, loadOlder } = chat;
  const title = useChatTitle(chatId, info.data?.title ?? null, chat);
  const attachments = useAttachments();
  const isDropping = useFileDrop(attachments.add);
  const [sending, setSending] = useState<MessageDraft | null>(null);
  const shouldScrollToEnd = useRef(false);
  const messageActions = useMessageActions(chat, chosenModel, shouldScrollToEnd);
  const { actions, respondToTool, editing, regenerate } = messageActions;

  const send = async (content: string): Promise<void> => {
    const { files } = attachments;
    const message: MessageDraft = {
      content,
      ...(files.length > 0 && { attachments: files }),
      ...(chosenModel !== null && { model: chosenModel }),
    };
    draft.setText("");
    attachments.replace([]);
    attachments.clearProblem();
    setSending(message);
    shouldScrollToEnd.current = true;
    const result = await sendMessage(message);
    setSending(null);
    if (result.ok) return;
    draft.restore(content);
    attachments.replace(files);
  };

  if (info.error?.data?.code === "NOT_FOUND") return <ChatNotFound />;

  const newest = messages.at(-1);
  // Nothing else can be sent until the user decides or stops the answer.
  const isWaiting = newest?.status === "awaiting_approval";
  const isBusy = sending !== null || status === "submitted" || status === "streaming" || isWaiting;
  const isEmpty = messages.length === 0 && sending === null && !chat.isLoading;
  const unanswered = unansweredMessage(messages, error);
  // The page has one h1. In an empty chat, the welcome text is it.
  const Title = isEmpty ? "p" : "h1";
  return (
    <MessageActionsContext value={actions}>
      <RespondToToolContext value={respondToTool}>
        <ConversationBusyContext value={isBusy}>
          <header className="chat-header" data-bare={isEmpty || undefined}>
            <OpenDrawerButton />
            <Title className="min-w-0 flex-1 truncate text-sm font-medium">{title}</Title>
            {chatId !== null && !isEmpty && <ExportMenu chatId={chatId} />}
            {!isEmpty && (
              <Link
                href="/"
                prefetch={false}
                aria-label="New chat"
                title="New chat"
                className="icon-button md:hidden"
              >
                <SquarePen aria-hidden />
              </Link>
            )}
          </header>
          {isEmpty && <Welcome />}
          {chat.isLoading && <TranscriptSkeleton />}
          {!isEmpty && !chat.isLoading && (
            <Transcript
              messages={unanswered.shown}
              hasOlder={chat.hasOlder}
              onLoadOlder={loadOlder}
              onRegenerate={regenerate}
              editing={editing}
              shouldScrollToEnd={shouldScrollToEnd}
            >
              {messages.length === 0 && sending !== null && <PendingTurn draft={sending} />}
              {status === "submitted" && newest?.role === "user" && <TypingIndicator />}
              {!isBusy && unanswered.id !== null && (
                <MissingAnswer messageId={unanswered.id} error={error} onRetry={regenerate} />
              )}
            </Transcript>
          )}
          <div className="dock">
            {chat.connection !== "live" && <ConnectionBanner isLost={chat.connection === "lost"} />}
            {error !== null && !unanswered.isExplained && unanswered.id === null && (
              <ErrorBanner message={error.message} onDismiss={chat.clearError} onRetry={null} />
            )}
            {attachments.problem !== null && (
              <ErrorBanner
                message={attachments.problem}
                onDismiss={attachments.clearProblem}
                onRetry={null}
              />
            )}
            {isDropping && <div className="drop-hint">Drop files to attach</div>}
            <Composer
              text={draft.text}
              onText={draft.setText}
              isBusy={isBusy}
              placeholder={isWaiting ? "Approve or deny to continue" : "Ask anything…"}
              attachments={attachments}
              onSend={() => void send(draft.text)}
              onStop={() => void chat.stop()}
              onEditLast={() => {
                const question = messages.findLast((message) => message.role === "user");
                if (question !== undefined) actions.startEdit(question.id);
              }}
            >
              <ChatSettingsButton settings={settings} onSave={saveSettings} />
              <div className="min-w-0 flex-1">
                <ModelPicker
                  value={chosenModel ?? info.data?.model ?? null}
                  onChange={setChosenModel}
                />
              </div>
            </Composer>
          </div>
          {isEmpty && (
            <Suggestions
              onChoose={(text) => {
                void send(text);
                focusComposer();
              }}
            />
          )}
          <AnswerAnnouncer answer={newest?.role === "assistant" ? newest : undefined} />
        </ConversationBusyContext>
      </RespondToToolContext>
    </MessageActionsContext>
  );
}
