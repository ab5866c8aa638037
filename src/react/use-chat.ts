import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { ChatMessage, DataPart, WithObject } from "../chat/chat-message.ts";
import { isWaiting } from "../chat/chat-message.ts";
import type { CreateChatInput, ListMessagesInput, Page } from "../chat/chat-procedures.ts";
import type { ChatSummary, Metadata } from "../chat/chat-summary.ts";
import type { ChatToolCall } from "../chat/tool-call.ts";
import type { MessageData } from "./cache/message-pages.ts";
import { flattenMessages } from "./cache/message-pages.ts";
import { noItems, singlePage } from "./cache/paged-data.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import { toChatHookError } from "./connection/chat-hook-error.ts";
import type { ChatConnection } from "./connection/reconnecting-subscription.ts";
import type {
  ChatActionResult,
  RegenerateResult,
  SendResult,
} from "./session/chat-action-result.ts";
import type { RegenerateOptions } from "./session/chat-session.ts";
import type { MessageDraft } from "./session/message-draft.ts";
import type { ToolResponse, ToolResponseResult } from "./session/respond-to-tool.ts";
import type { RouterContext } from "./session/router-context.ts";
import type { ChatCallbacks } from "./use-callbacks.ts";
import { useCallbacks } from "./use-callbacks.ts";
import { usePages } from "./use-pages.ts";

/**
 * What the chat does, with the same names as in the AI SDK.
 *
 * - `ready`: nothing is in progress. Also while the newest message waits for a tool, although a new message
 *   would be refused then.
 * - `submitted`: from an action until the first piece of the answer.
 * - `streaming`: from then until the answer ends.
 * - `error`: an action or an answer has failed, until the next action or `clearError`.
 */
export type ChatStatus = "ready" | "submitted" | "streaming" | "error";

/** Which chat `useChat` shows. */
export interface UseChatOptions<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Given extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> extends ChatCallbacks<Call, Data, Meta, Message> {
  /** The chat to show. Without an id, the first message creates a chat, and the hook shows that one. */
  readonly chatId?: string | null | undefined;
  /**
   * Messages per page, 1 to 200. Part of the query key.
   * @default the router's own default, 50
   */
  readonly limit?: number | undefined;
  /** The newest page, for apps that load it on the server and do not hydrate the query cache. */
  readonly initialData?: Page<ChatMessage<Call>> | undefined;
  /** Model, instructions, title and so on of the chat that the first message creates. */
  readonly newChat?: CreateChatInput<Given> | undefined;
  /**
   * Called when a chat was created and its first message accepted: the time to change the URL. A page that is hidden
   * after it (React's `<Activity>`, Next.js's `cacheComponents`) has no chat again when it is shown.
   */
  readonly onChatCreated?: ((chat: ChatSummary<Meta>) => void) | undefined;
}

/**
 * What `useChat` returns. All functions keep their identity while an answer streams.
 *
 * @typeParam Call a call of the router's tools.
 */
export interface UseChatResult<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Given extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> {
  /** The chat that is shown; null until the first message has created one. */
  readonly chatId: string | null;
  /** The loaded messages of the active branch, oldest first. A message that does not change stays the same object. */
  readonly messages: readonly Message[];
  /** What the chat does: `ready`, `submitted`, `streaming` or `error`. */
  readonly status: ChatStatus;
  /** Why the last action or answer failed, or the messages could not be loaded. */
  readonly error: ChatHookError | null;
  /** Forgets the error of the last action or answer. */
  readonly clearError: () => void;
  /** Whether the newest messages are being loaded for the first time. */
  readonly isLoading: boolean;
  /** Whether there are older messages to load. */
  readonly hasOlder: boolean;
  /** Whether `loadOlder` is in progress. */
  readonly isLoadingOlder: boolean;
  /** Loads the page before the oldest loaded message, also during an answer. Does nothing when there is none. */
  readonly loadOlder: () => Promise<void>;
  /**
   * Sends a message. It is shown at once, under its final id.
   *
   * @returns `{ ok: true, userMessage, assistantMessage }` when the server has accepted the message, before the
   *   answer starts; `{ ok: false, error }` when it was refused, so that you can restore the draft. Never rejects.
   *   The error is `CONFLICT` while an answer is in progress, and `BAD_REQUEST` for a message without text and
   *   attachments.
   */
  readonly sendMessage: (
    message: string | MessageDraft<Given>,
  ) => Promise<SendResult<Call, Data, Meta, Message>>;
  /**
   * Sends a new version of a user message: a branch that replaces the old version and what followed it.
   *
   * @returns like `sendMessage`
   */
  readonly editMessage: (
    messageId: string,
    message: string | MessageDraft<Given>,
  ) => Promise<SendResult<Call, Data, Meta, Message>>;
  /**
   * Generates another version of the newest answer, or of the one with `messageId`. Also answers a user message that
   * has no answer.
   *
   * @returns `{ ok: true, assistantMessage }` or `{ ok: false, error }`. Never rejects.
   */
  readonly regenerate: (
    options?: RegenerateOptions,
  ) => Promise<RegenerateResult<Call, Data, Meta, Message>>;
  /**
   * Shows another version of a message and what followed it. The messages change when the new ones are loaded.
   *
   * @param messageId one of a message's `siblingIds`
   * @returns `{ ok: true }` or `{ ok: false, error }`; the error is `CONFLICT` while an answer is in progress. Never
   *   rejects.
   */
  readonly selectBranch: (messageId: string) => Promise<ChatActionResult>;
  /**
   * Approves or denies a tool call that waits for approval, or sends the output of one that the page has run,
   * optimistically. After the last response the same message continues.
   *
   * @returns `{ ok: true, assistantMessage }` or `{ ok: false, error }`; the error is `CONFLICT` when the tool call
   *   does not wait. Never rejects.
   */
  readonly respondToTool: (
    response: ToolResponse<Call>,
  ) => Promise<ToolResponseResult<Call, Data, Meta, Message>>;
  /**
   * Stops the answer in every tab and keeps its text.
   *
   * @returns whether there was an answer to stop
   */
  readonly stop: () => Promise<boolean>;
  /** The connection of the answer's stream: `live`, `reconnecting` or `lost`. `live` when nothing streams. */
  readonly connection: ChatConnection;
}

const noMessages = { items: noItems, nextCursor: null };

export function useChat(context: RouterContext, options: UseChatOptions): UseChatResult {
  const givenId = options.chatId ?? null;
  /** The chat that this hook has created, while the app has none. */
  const [created, setCreated] = useState<{
    readonly chat: ChatSummary;
    readonly context: RouterContext;
  } | null>(null);
  // Another user has another context.
  if (created && (givenId !== null || created.context !== context)) setCreated(null);
  const chatId = givenId ?? created?.chat.id ?? null;
  const session = context.session(chatId ?? "");
  const state = useSyncExternalStore(session.subscribe, session.getState, session.getState);

  const { limit, initialData } = options;
  const input = { chatId: chatId ?? "", limit };
  const pages = usePages(context.queryClient, {
    queryKey: messagesKey(context, input),
    load: (cursor) => context.client.messages.query({ ...input, cursor }),
    enabled: chatId !== null,
    // Until there is a chat, its messages are those that are being sent.
    initialData: () =>
      chatId === null ? singlePage(noMessages) : initialData && singlePage(initialData),
  });
  const { data } = pages;
  const messages = useMemo(() => (data ? flattenMessages(data) : noItems), [data]);

  // Once there is a chat, a new object in every render must not change `sendMessage`.
  const newChat = chatId === null ? options.newChat : undefined;
  const sendMessage = useCallback(
    (message: string | MessageDraft): Promise<SendResult> => {
      if (chatId !== null) return session.send(message);
      return session.send(message, undefined, {
        newChat: newChat ?? {},
        open({ chat, userMessage, assistantMessage }) {
          if (!chat) return;
          context.queryClient.setQueryData<MessageData>(
            messagesKey(context, { chatId: chat.id, limit }),
            singlePage({ items: [userMessage, assistantMessage], nextCursor: null }),
          );
          context.lists.add(chat);
          setCreated({ chat, context });
        },
      });
    },
    [chatId, limit, newChat, context, session],
  );
  useEffect(() => {
    const { onChatCreated } = options;
    if (!created || !onChatCreated) return;
    onChatCreated(created.chat);
    // The app has the chat now. Where it hides this page (`<Activity>`), it shows one for a new chat later.
    return () => setCreated(null);
    // oxlint-disable-next-line react/exhaustive-deps -- once per chat, whatever else changes
  }, [created]);
  const fault = state.fault ?? state.streamFault;
  const error = state.error ?? pages.error ?? fault;
  useCallbacks(options, messages, error);
  const { setError } = session;
  const [told] = useState(() => new WeakMap());
  useEffect(() => {
    // Few apps have tools that the page runs, or hear of data.
    const run = async (): Promise<void> => {
      try {
        if (options.onToolCall || options.onData)
          (await import("./page-callbacks.ts")).runPageCallbacks(
            options,
            session,
            told,
            data && messages,
          );
      } catch (cause) {
        setError(session.getState().error ?? toChatHookError(cause));
      }
    };
    void run();
    // When this hook was the last one, they end.
    return () => void run();
  });

  return {
    ...session.actions,
    chatId,
    messages,
    status: statusOf(
      session.activeMessage(),
      state.isSubmitting,
      state.error ?? (data ? null : pages.error) ?? fault,
    ),
    error,
    isLoading: pages.isLoading,
    hasOlder: pages.hasMore,
    isLoadingOlder: pages.isLoadingMore,
    loadOlder: pages.loadMore,
    sendMessage,
    connection: state.connection,
  };
}

function messagesKey({ keys }: RouterContext, input: ListMessagesInput): readonly unknown[] {
  return keys.key("messages", "infinite", input);
}

function statusOf(
  active: ChatMessage | undefined,
  isSubmitting: boolean,
  error: ChatHookError | null,
): ChatStatus {
  if (isSubmitting || active?.status === "pending") return "submitted";
  const isIdle =
    isWaiting(active?.status) && !active.toolCalls.some((call) => call.status === "running");
  if (active && !isIdle) return "streaming";
  return error ? "error" : "ready";
}
