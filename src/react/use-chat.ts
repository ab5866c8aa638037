import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { ChatMessage } from "../chat/chat-message.ts";
import type { CreateChatInput, ListMessagesInput, Page } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import type { ChatRouterCache } from "./session/router-context.ts";
import type {
  ChatActionResult,
  MessageDraft,
  RegenerateOptions,
  RegenerateResult,
  SendResult,
} from "./session/chat-action-result.ts";
import type { ChatConnection } from "./connection/reconnecting-subscription.ts";
import type { MessageData } from "./cache/message-pages.ts";
import { flattenMessages } from "./cache/message-pages.ts";
import { onlyPage } from "./cache/paged-data.ts";
import type { ToolResponse, ToolResponseResult } from "./session/respond-to-tool.ts";
import { usePages } from "./use-pages.ts";

/**
 * `submitted` from an action until the first piece of the answer, `streaming` until its end. `error`
 * after an action or an answer that failed, until the next action or `clearError`. While the newest
 * message waits for an approval nothing streams: `ready`, although a new message is refused.
 */
export type ChatStatus = "ready" | "submitted" | "streaming" | "error";

export interface UseChatOptions {
  /** Without an id, the first message makes the chat, and the hook shows it. */
  readonly chatId?: string | null | undefined;
  /** Messages in a page, 1 to 200; the router's default when absent. Part of the cache key. */
  readonly limit?: number | undefined;
  /** The newest page, for an app that loads it on the server without hydration. */
  readonly initialData?: Page<ChatMessage> | undefined;
  /** What a chat made by the first message starts with. */
  readonly newChat?: CreateChatInput | undefined;
  /** A chat was made and its first message accepted: the time to change the address. */
  readonly onChatCreated?: ((chat: ChatSummary) => void) | undefined;
}

export interface UseChatResult {
  /** The chat that is shown; null until the first message has made one. */
  readonly chatId: string | null;
  /** The loaded messages, oldest first. A message that does not change stays the same object. */
  readonly messages: readonly ChatMessage[];
  readonly status: ChatStatus;
  readonly error: ChatHookError | null;
  readonly clearError: () => void;
  /** True until the first page is here. */
  readonly isLoading: boolean;
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  /** Adds the page before the oldest loaded message; does nothing when there is none. */
  readonly loadOlder: () => Promise<void>;
  /**
   * Resolves when the server has accepted the message, not at the end of the answer. Never rejects:
   * `{ ok: false, error }` tells the composer to give the draft back. Refused with `CONFLICT` while an
   * answer is in progress, with `BAD_REQUEST` when there is neither text nor attachment.
   */
  readonly sendMessage: (message: string | MessageDraft) => Promise<SendResult>;
  /** Sends a new version of a user message: a branch, in the place of the old one. Resolves like `sendMessage`. */
  readonly editMessage: (messageId: string, message: string | MessageDraft) => Promise<SendResult>;
  /** Makes an answer again, the newest by default, or answers a user message that has none. */
  readonly regenerate: (options?: RegenerateOptions) => Promise<RegenerateResult>;
  /**
   * Shows the branch of another version of a message, one of its `siblingIds`. The messages on the page
   * change when the new ones are here. Refused with `CONFLICT` while an answer is in progress.
   */
  readonly selectBranch: (messageId: string) => Promise<ChatActionResult>;
  /**
   * Approves or denies a tool call that waits: shown at once, and taken back when the server refuses it.
   * With the last decision the same message goes on. Refused with `CONFLICT` when the call does not wait.
   */
  readonly respondToTool: (response: ToolResponse) => Promise<ToolResponseResult>;
  /** Ends the answer in every tab and keeps its text. False when there was nothing to stop. */
  readonly stop: () => Promise<boolean>;
  /** The stream of the answer in progress; `live` when there is none. */
  readonly connection: ChatConnection;
}

const noMessages: readonly ChatMessage[] = [];

export function useChatOn(router: ChatRouterCache, options: UseChatOptions): UseChatResult {
  const given = options.chatId ?? null;
  /** The chat that this hook made while the app had none. */
  const [made, setMade] = useState<ChatSummary | null>(null);
  useEffect(() => {
    if (given !== null) setMade(null);
  }, [given]);
  const chatId = given ?? made?.id ?? null;
  const session = router.session(chatId ?? "");
  const state = useSyncExternalStore(session.subscribe, session.getState, session.getState);
  useEffect(() => session.attach(), [session]);

  const { limit, initialData } = options;
  const input = { chatId: chatId ?? "", limit };
  const pages = usePages({
    queryKey: messagesKey(router, input),
    load: (page) => router.client.messages.query({ ...input, ...page }),
    enabled: chatId !== null,
    ...(initialData && { initialData: onlyPage(initialData) }),
  });
  const { data } = pages;
  const messages = useMemo(() => (data ? flattenMessages(data) : noMessages), [data]);

  // Not of interest any more once there is a chat: so `sendMessage` stays the same while an answer streams.
  const newChat = chatId === null ? options.newChat : undefined;
  const sendMessage = useCallback(
    async (message: string | MessageDraft): Promise<SendResult> => {
      if (chatId !== null) return await session.send(message);
      return await session.create(newChat ?? {}, message, async (chat) => {
        router.queryClient.setQueryData<MessageData>(
          messagesKey(router, { chatId: chat.id, limit }),
          onlyPage({ items: [], nextCursor: null }),
        );
        setMade(chat);
        return await router.session(chat.id).send(message);
      });
    },
    [chatId, limit, newChat, router, session],
  );
  // Its answer is on the page when its first message was accepted.
  const isAccepted = made?.id === chatId && messages.length > 1;
  useEffect(() => {
    if (isAccepted && made) options.onChatCreated?.(made);
    // oxlint-disable-next-line react/exhaustive-deps -- once for each chat, whatever changes
  }, [isAccepted]);

  return {
    ...session.actions,
    chatId,
    messages,
    status: statusOf(
      session.activeMessage(),
      state.isSubmitting,
      state.error ?? (data ? null : pages.error),
    ),
    error: state.error ?? pages.error,
    isLoading: pages.isLoading,
    hasOlder: pages.hasMore,
    isLoadingOlder: pages.isLoadingMore,
    loadOlder: pages.loadMore,
    sendMessage,
    connection: state.connection,
  };
}

function messagesKey({ keys }: ChatRouterCache, input: ListMessagesInput): readonly unknown[] {
  return keys.key("messages", "infinite", input);
}

function statusOf(
  active: ChatMessage | undefined,
  isSubmitting: boolean,
  error: ChatHookError | null,
): ChatStatus {
  if (isSubmitting) return "submitted";
  if (active && !isWaiting(active)) return active.status === "pending" ? "submitted" : "streaming";
  return error ? "error" : "ready";
}

/** True for an answer that goes on only when the user has decided. */
function isWaiting({ status, toolCalls }: ChatMessage): boolean {
  return status === "awaiting_approval" && !toolCalls.some((call) => call.status === "running");
}
