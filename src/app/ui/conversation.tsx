"use client";

import type { ChatSummary } from "node-llm-trpc/react";
import { useCallback, useEffect, useState } from "react";
import { useChat, useChatList } from "../client/chat-hooks.ts";
import { trpc } from "../client/trpc.ts";
import { useDraft } from "../client/use-draft.ts";
import { AnswerAnnouncer } from "./answer-announcer.tsx";
import { OpenDrawerButton } from "./app-shell.tsx";
import { ConnectionBanner, ErrorBanner } from "./banners.tsx";
import { ChatNotFound } from "./chat-not-found.tsx";
import { Composer } from "./composer.tsx";
import { ModelPicker } from "./model-picker.tsx";
import { TranscriptSkeleton } from "./transcript-skeleton.tsx";
import { NotAnswered, PendingTurn } from "./pending-turn.tsx";
import { Suggestions, Welcome } from "./suggestions.tsx";
import { Transcript } from "./transcript.tsx";
import { TypingIndicator } from "./typing-indicator.tsx";
import { unansweredMessage } from "./unanswered-message.ts";

interface ConversationProps {
  /** Null for a chat that its first message will make. */
  readonly chatId: string | null;
  readonly onChatCreated?: (chat: ChatSummary) => void;
}

/** A chat: its title, its messages and the composer. */
export function Conversation({ chatId, onChatCreated }: ConversationProps) {
  const info = trpc.chat.get.useQuery({ chatId: chatId ?? "" }, { enabled: chatId !== null });
  const [chosenModel, setChosenModel] = useState<string | null>(null);
  const model = chosenModel ?? info.data?.model ?? null;
  const chat = useChat({
    chatId,
    ...(chosenModel === null ? {} : { newChat: { model: chosenModel } }),
    onChatCreated,
  });
  const { messages, status, error, sendMessage, regenerate, loadOlder } = chat;
  const title = useTitle(chatId, info.data?.title);
  const draft = useDraft(chatId ?? "new");
  const [sending, setSending] = useState<string | null>(null);
  useDocumentTitle(chatId === null ? null : title);

  const onRegenerate = useCallback(
    (messageId: string) => void regenerate({ messageId }),
    [regenerate],
  );
  const send = async (content: string): Promise<void> => {
    draft.setText("");
    setSending(content);
    const result = await sendMessage(
      chosenModel === null ? content : { content, model: chosenModel },
    );
    setSending(null);
    if (!result.ok) draft.restore(content);
  };

  if (info.error?.data?.code === "NOT_FOUND") return <ChatNotFound />;

  const isBusy = sending !== null || status === "submitted" || status === "streaming";
  const isEmpty = messages.length === 0 && sending === null && !chat.isLoading;
  const unanswered = unansweredMessage(messages, error);
  const newest = messages.at(-1);
  return (
    <>
      <header className="chat-header" data-bare={isEmpty || undefined}>
        <OpenDrawerButton />
        <h1 className="min-w-0 truncate text-sm font-medium">{title}</h1>
      </header>
      {isEmpty && <Welcome />}
      {chat.isLoading && <TranscriptSkeleton />}
      {!isEmpty && !chat.isLoading && (
        <Transcript
          messages={unanswered.shown}
          hasOlder={chat.hasOlder}
          onLoadOlder={loadOlder}
          onRegenerate={onRegenerate}
        >
          {messages.length === 0 && sending !== null && <PendingTurn text={sending} />}
          {status === "submitted" && newest?.role === "user" && <TypingIndicator />}
          {!isBusy && error === null && unanswered.id !== null && (
            <NotAnswered messageId={unanswered.id} onRetry={onRegenerate} />
          )}
        </Transcript>
      )}
      <div className="dock">
        {chat.connection !== "live" && <ConnectionBanner isLost={chat.connection === "lost"} />}
        {error !== null && !unanswered.isExplained && (
          <ErrorBanner
            message={error.message}
            onDismiss={chat.clearError}
            onRetry={unanswered.id === null ? null : () => onRegenerate(unanswered.id ?? "")}
          />
        )}
        <Composer
          text={draft.text}
          onText={draft.setText}
          isBusy={isBusy}
          onSend={() => void send(draft.text)}
          onStop={() => void chat.stop()}
        >
          <ModelPicker value={model} onChange={setChosenModel} />
        </Composer>
      </div>
      {isEmpty && <Suggestions onChoose={(text) => void send(text)} />}
      <AnswerAnnouncer answer={newest?.role === "assistant" ? newest : undefined} />
    </>
  );
}

/** The list hears of a title first: the server names a chat after its first turn. */
function useTitle(chatId: string | null, loaded: string | null | undefined): string {
  const { chats } = useChatList();
  return chats.find((chat) => chat.id === chatId)?.title ?? loaded ?? "New chat";
}

function useDocumentTitle(title: string | null): void {
  useEffect(() => {
    document.title = title === null ? "node-llm-trpc" : `${title} · node-llm-trpc`;
  }, [title]);
}
