"use client";

import { SquarePen } from "lucide-react";
import type { ChatSummary, MessageDraft, MessageStatus } from "node-llm-trpc/react";
import type { ComponentType } from "react";
import { useRef, useState } from "react";
import { useChat, useChatApp, useModels, useStoredChat } from "../app/chat-app.ts";
import { Composer } from "../composer/composer.tsx";
import { focusComposer } from "../composer/focus-composer.ts";
import { ModelPicker } from "../composer/model-picker.tsx";
import { useAttachments } from "../composer/use-attachments.ts";
import { useDraft } from "../composer/use-draft.ts";
import { useFileDrop } from "../composer/use-file-drop.ts";
import { ErrorBanner } from "../controls/error-banner.tsx";
import { iconButtonClass } from "../controls/icon-button.tsx";
import { loadLater } from "../controls/load-later.ts";
import { ExportMenu } from "../export/export-menu.tsx";
import { ConversationBusyContext, MessageActionsContext } from "../message/message-actions.ts";
import { ChatSettingsButton } from "../settings/chat-settings-button.tsx";
import { useChatSettings } from "../settings/use-chat-settings.ts";
import { OpenDrawerButton } from "../shell/open-drawer-button.tsx";
import { PageHeader } from "../shell/page-header.tsx";
import { RespondToToolContext } from "../tool/tool-decision.ts";
import { AnswerAnnouncer } from "./answer-announcer.tsx";
import { ChatNotFound } from "./chat-not-found.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { pageSize } from "../app/page-size.ts";
import type { Suggestion } from "./suggestions.tsx";
import { Suggestions } from "./suggestions.tsx";
import { TranscriptSkeleton } from "./transcript-skeleton.tsx";
import type { TranscriptProps } from "./transcript.tsx";
import { unansweredMessage } from "./unanswered-message.ts";
import { useChatTitle } from "./use-chat-title.ts";
import { useFailures } from "./use-failures.ts";
import { useMessageActions } from "./use-message-actions.ts";
import { useMovingDock } from "./use-moving-dock.ts";
import { usePassingErrors } from "./use-passing-errors.ts";
import { Welcome } from "./welcome.tsx";

const DropHint = loadLater(async () => (await import("../composer/drop-hint.tsx")).DropHint);

/** What an answer waits for. */
const placeholders: Partial<Record<MessageStatus, string>> = {
  awaiting_approval: "Approve or deny to continue",
  awaiting_output: "Waiting for a tool’s output",
};

interface ConversationProps {
  /** Null for a new chat, which its first message creates. */
  readonly chatId: string | null;
  readonly onChatCreated?: (chat: ChatSummary) => void;
  /** Shows the messages: `Transcript`, or one that loads it when it is needed. */
  readonly transcript: ComponentType<TranscriptProps>;
  /** Called when the user is about to need the messages. */
  readonly onTyping?: () => void;
  readonly welcome: { readonly title: string; readonly text: string };
  readonly suggestions: readonly Suggestion[];
}

/** A chat with its title, messages and composer. */
export function Conversation(props: ConversationProps) {
  const { chatId, onChatCreated, transcript: Transcript, onTyping, welcome, suggestions } = props;
  const { Link } = useChatApp();
  const stored = useStoredChat(chatId);
  const [chosenModel, setChosenModel] = useState<string | null>(null);
  const { settings, save: saveSettings } = useChatSettings(chatId, stored);
  const draft = useDraft(chatId ?? "new");
  const isNew = chatId === null;
  const chat = useChat({
    chatId,
    limit: pageSize,
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
  const title = useChatTitle(chatId, stored.chat?.title ?? null, chat);
  const attachments = useAttachments();
  const isDropping = useFileDrop(attachments.add);
  const shouldScrollToEnd = useRef(false);
  const messageActions = useMessageActions(chat, chosenModel, shouldScrollToEnd);
  const { actions, respondToTool, editing, regenerate } = messageActions;
  const unanswered = unansweredMessage(messages, error);
  // Only the error of an answer has no cause: the others are those of a request, such as a message that was not sent.
  const failure = error?.cause === undefined ? error : null;
  const failures = useFailures(unanswered.id, failure);
  usePassingErrors(chat);
  const models = useModels();
  const isEmpty = messages.length === 0 && !chat.isLoading;
  const dock = useMovingDock(isEmpty);

  const send = async (content: string): Promise<void> => {
    const { files } = attachments;
    const message: MessageDraft = {
      content,
      ...(files.length > 0 && { attachments: files }),
      ...(chosenModel !== null && { model: chosenModel }),
    };
    onTyping?.();
    draft.setText("");
    attachments.replace([]);
    attachments.clearProblem();
    shouldScrollToEnd.current = true;
    const result = await sendMessage(message);
    if (result.ok) return;
    draft.restore(content);
    attachments.replace(files);
  };

  if (stored.isMissing) return <ChatNotFound />;

  const newest = messages.at(-1);
  // Nothing else can be sent until the user decides or stops the answer.
  const waiting = newest && placeholders[newest.status];
  const isBusy = status === "submitted" || status === "streaming" || waiting !== undefined;
  // The page has one h1. In an empty chat, the welcome text is it.
  const Title = isEmpty ? "p" : "h1";
  return (
    <MessageActionsContext value={actions}>
      <RespondToToolContext value={respondToTool}>
        <ConversationBusyContext value={isBusy}>
          <PageHeader isBare={isEmpty}>
            <OpenDrawerButton />
            <Title className="min-w-0 flex-1 truncate px-1 text-sm font-medium">
              <span dir="auto">{title}</span>
            </Title>
            {chatId !== null && !isEmpty && <ExportMenu chatId={chatId} />}
            {!isEmpty && (
              <Link
                href="/"
                aria-label="New chat"
                title="New chat"
                className={`${iconButtonClass()} md:not-in-data-[sidebar=collapsed]:hidden`}
              >
                <SquarePen aria-hidden />
              </Link>
            )}
          </PageHeader>
          {isEmpty && <Welcome {...welcome} />}
          {chat.isLoading && <TranscriptSkeleton />}
          {!isEmpty && !chat.isLoading && (
            <Transcript
              messages={unanswered.shown}
              hasOlder={chat.hasOlder}
              onLoadOlder={loadOlder}
              onRegenerate={regenerate}
              editing={editing}
              shouldScrollToEnd={shouldScrollToEnd}
              failures={failures}
              unanswered={isBusy ? null : unanswered.id}
              error={failure}
              isWaiting={status === "submitted" && newest?.role === "user"}
            />
          )}
          <div
            ref={dock}
            className="relative mx-auto w-full max-w-184 shrink-0 space-y-2 px-3 pb-3 before:pointer-events-none before:absolute before:inset-x-0 before:bottom-full before:h-6 before:bg-linear-to-t before:from-background before:to-transparent md:px-6 md:pb-5"
          >
            {chat.connection !== "live" && <ConnectionBanner isLost={chat.connection === "lost"} />}
            {error !== null && (failure === null || !unanswered.isExplained) && (
              <ErrorBanner message={error.message} onDismiss={chat.clearError} />
            )}
            {attachments.problem !== null && (
              <ErrorBanner message={attachments.problem} onDismiss={attachments.clearProblem} />
            )}
            {isDropping && <DropHint />}
            <Composer
              text={draft.text}
              onText={(text) => {
                onTyping?.();
                draft.setText(text);
              }}
              isBusy={isBusy}
              placeholder={waiting ?? "Ask anything…"}
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
                  models={models}
                  value={chosenModel ?? stored.chat?.model ?? null}
                  onChange={setChosenModel}
                />
              </div>
            </Composer>
          </div>
          {isEmpty && (
            <Suggestions
              suggestions={suggestions}
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
