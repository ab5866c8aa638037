import type { ChatSummary, CreateChatInput, MessageStatus } from "node-llm-trpc/react";
import type { ComponentType, ReactNode } from "react";
import { useCallback, useRef } from "react";
import { useChat } from "../app/chat-app.ts";
import { pageSize } from "../app/page-size.ts";
import { Composer } from "../composer/composer.tsx";
import { focusComposer } from "../composer/focus-composer.ts";
import { useAttachments } from "../composer/use-attachments.ts";
import { useDraft } from "../composer/use-draft.ts";
import { useFileDrop } from "../composer/use-file-drop.ts";
import { useSend } from "../composer/use-send.ts";
import { ErrorBanner } from "../controls/error-banner.tsx";
import { loadLater } from "../controls/load-later.ts";
import { ChatHeader } from "../header/chat-header.tsx";
import { ConversationBusyContext, MessageActionsContext } from "../message/message-actions.ts";
import { RespondToToolContext } from "../tool/tool-decision.ts";
import { AnswerAnnouncer } from "./answer-announcer.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import type { Suggestion } from "./suggestions.tsx";
import { Suggestions } from "./suggestions.tsx";
import { TranscriptSkeleton } from "./transcript-skeleton.tsx";
import type { TranscriptProps } from "./transcript.tsx";
import { unansweredMessage } from "./unanswered-message.ts";
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

export interface ChatViewProps {
  /** Null for a new chat, which its first message creates. */
  readonly chatId: string | null;
  /** The stored title; null if there is none. */
  readonly title: string | null;
  /** What the first message creates a chat with. */
  readonly newChat: CreateChatInput;
  /** The model of the next answer; null for that of the chat. */
  readonly model: string | null;
  readonly onChatCreated?: (chat: ChatSummary) => void;
  /** Shows the messages: `Transcript`, or one that loads it when it is needed. */
  readonly transcript: ComponentType<TranscriptProps>;
  /** Called when the user is about to need the messages. */
  readonly onTyping?: () => void;
  readonly welcome: { readonly title: string; readonly text: string };
  readonly suggestions: readonly Suggestion[];
  /** What the composer shows to the left of its button. */
  readonly children: ReactNode;
}

/** The header, messages and composer of a chat. It renders for each piece of an answer, so the costly parts are memoized. */
export function ChatView(props: ChatViewProps) {
  const { chatId, newChat, model, onChatCreated, transcript: Transcript, onTyping } = props;
  const draft = useDraft(chatId ?? "new");
  const chat = useChat({
    chatId,
    limit: pageSize,
    newChat,
    onChatCreated: (created) => {
      draft.moveTo(created.id);
      onChatCreated?.(created);
    },
  });
  const { messages, status, error } = chat;
  const attachments = useAttachments();
  const isDropping = useFileDrop(attachments.add);
  const shouldScrollToEnd = useRef(false);
  const messageActions = useMessageActions(chat, model, shouldScrollToEnd);
  const unanswered = unansweredMessage(messages, error);
  // Only the error of an answer has no cause: the others are those of a request, such as a message that was not sent.
  const failure = error?.cause === undefined ? error : null;
  const failures = useFailures(unanswered.id, failure);
  usePassingErrors(chat);
  const isEmpty = messages.length === 0 && !chat.isLoading;
  const dock = useMovingDock(isEmpty);

  const { setText } = draft;
  const onText = useCallback(
    (text: string) => {
      onTyping?.();
      setText(text);
    },
    [onTyping, setText],
  );
  const sendDraft = useSend(chat, draft, attachments, model);
  const send = useCallback(
    (text: string) => {
      onTyping?.();
      shouldScrollToEnd.current = true;
      void sendDraft(text);
    },
    [onTyping, sendDraft],
  );

  const newest = messages.at(-1);
  // Nothing else can be sent until the user decides or stops the answer.
  const waiting = newest && placeholders[newest.status];
  const isBusy = status === "submitted" || status === "streaming" || waiting !== undefined;
  return (
    <MessageActionsContext value={messageActions.actions}>
      <RespondToToolContext value={messageActions.respondToTool}>
        <ConversationBusyContext value={isBusy}>
          <ChatHeader
            chatId={chatId}
            title={props.title}
            firstWords={chat.hasOlder ? undefined : messages[0]?.content.trim().split("\n", 1)[0]}
            isEmpty={isEmpty}
          />
          {isEmpty && <Welcome {...props.welcome} />}
          {chat.isLoading && <TranscriptSkeleton />}
          {!isEmpty && !chat.isLoading && (
            <Transcript
              messages={unanswered.shown}
              hasOlder={chat.hasOlder}
              onLoadOlder={chat.loadOlder}
              onRegenerate={messageActions.regenerate}
              editing={messageActions.editing}
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
              onText={onText}
              isBusy={isBusy}
              placeholder={waiting ?? "Ask anything…"}
              attachments={attachments}
              onSend={send}
              onStop={chat.stop}
              onEditLast={messageActions.editLast}
            >
              {props.children}
            </Composer>
          </div>
          {isEmpty && (
            <Suggestions
              suggestions={props.suggestions}
              onChoose={(text) => {
                send(text);
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
