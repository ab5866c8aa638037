import type { QueryClient } from "@tanstack/react-query";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { ChatMessage } from "../chat/chat-message.ts";
import type { CreateChatInput, Page } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatConnection } from "./answer-stream.ts";
import type { ChatClient } from "./chat-client.ts";
import type { ChatHookError } from "./chat-hook-error.ts";
import { toChatHookError } from "./chat-hook-error.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type {
  ChatActionResult,
  MessageDraft,
  RegenerateOptions,
  RegenerateResult,
  SendResult,
} from "./chat-action.ts";
import type { ChatSession } from "./chat-session.ts";
import { chatSessions } from "./chat-sessions.ts";
import type { MessageData } from "./message-pages.ts";
import { flattenMessages } from "./message-pages.ts";
import { listQueryDefaults } from "./query-defaults.ts";

/**
 * `submitted` from an action until the first piece of the answer, `streaming` until its end. `error`
 * after an action or an answer that failed, until the next action or `clearError`.
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
  /** Ends the answer in every tab and keeps its text. False when there was nothing to stop. */
  readonly stop: () => Promise<boolean>;
  /** The stream of the answer in progress; `live` when there is none. */
  readonly connection: ChatConnection;
}

const noMessages: readonly ChatMessage[] = [];

export function useChatOn(
  client: ChatClient,
  keys: ChatKeys,
  options: UseChatOptions,
): UseChatResult {
  const queryClient = useQueryClient();
  const sessions = chatSessions(queryClient, keys);
  const [chatId, adopt] = useChatId(options.chatId ?? null);
  const session = sessions.get(chatId ?? "");
  const state = useSyncExternalStore(session.subscribe, session.getState, session.getState);
  useEffect(() => session.setClient(client));
  useEffect(() => session.attach(), [session]);

  const { limit } = options;
  const query = useMessages(queryClient, client, keys, chatId, options);
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const messages = useMemo(() => (data === undefined ? noMessages : flattenMessages(data)), [data]);
  const loadError = query.isLoadingError || query.isFetchNextPageError ? query.error : null;
  const listError = useMemo(
    () => (loadError === null ? null : toChatHookError(loadError)),
    [loadError],
  );

  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const unannounced = useRef<ChatSummary | null>(null);
  const sendMessage = useCallback(
    async (message: string | MessageDraft): Promise<SendResult> => {
      const draft = toDraft(message);
      const result =
        chatId !== null
          ? await session.send(draft)
          : await session.create(latest.current.newChat ?? {}, draft, async (chat) => {
              const made = sessions.get(chat.id);
              made.setClient(client);
              made.messages.seedEmpty(keys.messages(messagesInput(chat.id, limit)));
              unannounced.current = chat;
              const sent = made.send(draft);
              adopt(chat.id);
              return await sent;
            });
      const made = unannounced.current;
      if (result.ok && made?.id === result.userMessage.chatId) {
        unannounced.current = null;
        latest.current.onChatCreated?.(made);
      }
      return result;
    },
    [adopt, chatId, client, keys, limit, session, sessions],
  );

  return {
    chatId,
    messages,
    status: statusOf(
      session,
      state.isSubmitting,
      state.error ?? (data ? null : listError),
      messages,
    ),
    error: state.error ?? listError,
    clearError: session.clearError,
    isLoading: query.isLoading,
    hasOlder: hasNextPage,
    isLoadingOlder: isFetchingNextPage,
    loadOlder: useCallback(async () => {
      if (hasNextPage && !isFetchingNextPage) await fetchNextPage();
    }, [fetchNextPage, hasNextPage, isFetchingNextPage]),
    sendMessage,
    editMessage: useCallback(
      async (messageId: string, message: string | MessageDraft) =>
        await session.edit(messageId, toDraft(message)),
      [session],
    ),
    regenerate: useCallback(
      async (wanted?: RegenerateOptions) => await session.regenerate(wanted),
      [session],
    ),
    selectBranch: useCallback(
      async (messageId: string) => await session.selectBranch(messageId),
      [session],
    ),
    stop: useCallback(async () => await session.stop(), [session]),
    connection: state.connection,
  };
}

/** The app's id, or that of the chat that this hook made while the app had none. */
function useChatId(given: string | null): readonly [string | null, (made: string) => void] {
  const [made, setMade] = useState<string | null>(null);
  const [before, setBefore] = useState(given);
  if (before !== given) {
    setBefore(given);
    setMade(null);
  }
  return [given ?? (before === given ? made : null), setMade];
}

function useMessages(
  queryClient: QueryClient,
  client: ChatClient,
  keys: ChatKeys,
  chatId: string | null,
  { limit, initialData }: UseChatOptions,
) {
  const input = messagesInput(chatId ?? "", limit);
  return useInfiniteQuery<Page<ChatMessage>, Error, MessageData, readonly unknown[], string | null>(
    {
      ...listQueryDefaults(queryClient),
      queryKey: keys.messages(input),
      queryFn: async ({ pageParam }) =>
        await client.messages.query(pageParam === null ? input : { ...input, cursor: pageParam }),
      enabled: chatId !== null,
      ...(initialData !== undefined && {
        initialData: { pages: [initialData], pageParams: [null] },
      }),
    },
  );
}

function messagesInput(chatId: string, limit: number | undefined) {
  return limit === undefined ? { chatId } : { chatId, limit };
}

function toDraft(message: string | MessageDraft): MessageDraft {
  return typeof message === "string" ? { content: message } : message;
}

function statusOf(
  session: ChatSession,
  isSubmitting: boolean,
  error: ChatHookError | null,
  messages: readonly ChatMessage[],
): ChatStatus {
  if (isSubmitting) return "submitted";
  const newest = messages.at(-1);
  if (newest !== undefined && session.isActive(newest)) {
    return newest.status === "pending" ? "submitted" : "streaming";
  }
  return error === null ? "ready" : "error";
}
