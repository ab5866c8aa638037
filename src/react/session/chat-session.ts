import type { QueryClient } from "@tanstack/react-query";
import { replaceEqualDeep } from "@tanstack/react-query";
import type { ChatAttachment, ChatMessage } from "../../chat/chat-message.ts";
import { isInProgress } from "../../chat/chat-message.ts";
import type { CreateChatInput } from "../../chat/chat-procedures.ts";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import type { ChatKeys } from "../cache/chat-keys.ts";
import type { ChatListCache } from "../cache/chat-list-cache.ts";
import { createMessageCache } from "../cache/message-cache.ts";
import type { ChatClient } from "../connection/chat-client.ts";
import type { ChatHookError } from "../connection/chat-hook-error.ts";
import { answerError, serverCode, toChatHookError } from "../connection/chat-hook-error.ts";
import type { ChatConnection } from "../connection/reconnecting-subscription.ts";
import { shareBetweenTabs } from "../connection/share-between-tabs.ts";
import type { Subscribe, SubscriptionSource } from "../connection/subscription-source.ts";
import { toSource } from "../connection/subscription-source.ts";
import type { ChatActionResult, RegenerateResult, SendResult } from "./chat-action-result.ts";
import { attempt, refusal } from "./chat-action-result.ts";
import { createChatWatch } from "./chat-watch.ts";
import type { MessageDraft } from "./message-draft.ts";
import { createUserMessage, randomId, readDraft } from "./message-draft.ts";
import { readAnswer } from "./read-answer.ts";
import type { ToolResponse, ToolResponseResult } from "./respond-to-tool.ts";
import { respondToTool } from "./respond-to-tool.ts";
import { retryUnreached } from "./retry-unreached.ts";

/** What the sessions of all chats share. */
export interface SessionContext {
  /** The client of the latest render. Every client must reach the same router. */
  client: ChatClient;
  readonly queryClient: QueryClient;
  readonly keys: ChatKeys;
  readonly lists: ChatListCache;
}

export interface SessionState {
  /** Whether an action that starts an answer waits for the server. */
  readonly isSubmitting: boolean;
  readonly error: ChatHookError | null;
  readonly connection: ChatConnection;
  /** An answer whose stream the server has refused; it is not requested again. */
  readonly refusedId: string | null;
}

/** Which message `regenerate` answers, and how. */
export interface RegenerateOptions {
  /**
   * The answer to regenerate, or the user message to answer.
   * @default the newest message
   */
  readonly messageId?: string | undefined;
  /**
   * One of the router's `models`, for this answer alone.
   * @default the chat's model
   */
  readonly model?: string | undefined;
}

interface UnconfirmedMessage {
  readonly id: string;
  readonly content: string;
  readonly parentId: string | null | undefined;
}

export type ChatSession = ReturnType<typeof createChatSession>;

/**
 * One chat in this tab, shared by all hooks that show it: one watch, at most one stream, one action at a time and
 * one error. The messages themselves are in the React Query cache.
 */
export function createChatSession(context: SessionContext, chatId: string) {
  const { keys, lists, queryClient } = context;
  const messages = createMessageCache(queryClient, keys.key("messages", "infinite", { chatId }));
  const listeners = new Set<() => void>();
  let state: SessionState = {
    isSubmitting: false,
    error: null,
    connection: "live",
    refusedId: null,
  };
  let stream: { readonly messageId: string; readonly close: () => void } | null = null;
  /** The answer that was in progress at the last `sync`. */
  let activeId = "";
  let mountedHooks = 0;
  let runningActions = 0;
  let unsubscribe = (): void => {};
  /** A message that may not have reached the server. If it is sent again, it keeps its id. */
  let unconfirmed: UnconfirmedMessage | null = null;
  let stopWhenSent = false;

  const watch = createChatWatch({
    chatId,
    source: shared(`watch/${chatId}`, (lastEventId, handlers) =>
      context.client.watch.subscribe({ chatId, lastEventId }, handlers),
    ),
    lists,
    messages,
    invalidate: (procedure) =>
      void queryClient.invalidateQueries({ queryKey: keys.key(procedure, "query", { chatId }) }),
    isBusy: () => runningActions > 0 || stream !== null,
    onDeleted: setError,
  });

  function shared<Event extends { readonly id: string }>(
    name: string,
    subscribe: Subscribe<Event>,
  ): SubscriptionSource<Event> {
    return shareBetweenTabs(keys.topic(name), toSource(subscribe));
  }

  function setState(patch: Partial<SessionState>): void {
    const next = replaceEqualDeep(state, { ...state, ...patch });
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  }

  function setError(error: ChatHookError | null): void {
    setState({ error });
  }

  /** Returns the answer in progress, unless its stream was refused. */
  function activeMessage(): ChatMessage | undefined {
    const newest = messages.newest();
    return isInProgress(newest?.status) && newest?.id !== state.refusedId ? newest : undefined;
  }

  /** Watches the chat and reads its answers while at least one hook is mounted. */
  function mount(): () => void {
    if (mountedHooks++ === 0) {
      setState({ refusedId: null });
      unsubscribe = messages.subscribe(sync);
      if (chatId) watch.open();
    }
    sync();
    return () => {
      if (--mountedHooks > 0) return;
      unsubscribe();
      watch.close();
      closeStream();
      activeId = "";
      setError(null);
    };
  }

  /** Runs an action and keeps its error as the chat's error. */
  async function run<Data extends object>(
    work: () => Promise<Data>,
  ): Promise<ChatActionResult<Data>> {
    runningActions++;
    const result = await attempt(work, setError);
    if (--runningActions === 0) {
      stopWhenSent = false;
      setState({ isSubmitting: false });
    }
    sync();
    return result;
  }

  /** Runs an action unless another action or an answer is in progress. */
  async function runAlone<Data extends object>(
    work: () => Promise<Data>,
    isSubmitting = true,
  ): Promise<ChatActionResult<Data>> {
    if (runningActions > 0 || activeMessage()) {
      return refusal("CONFLICT", "An answer is in progress. Wait until it ends, or stop it.", true);
    }
    setState({ isSubmitting });
    return await run(work);
  }

  /** Runs an action that starts an answer. */
  async function startAnswer<Output extends { readonly assistantMessage: ChatMessage }>(
    request: () => Promise<Output>,
  ): Promise<ChatActionResult<Output>> {
    return await runAlone(async () => {
      const output = await request();
      messages.put(output.assistantMessage);
      if (stopWhenSent) void stopMessage(output.assistantMessage.id);
      return output;
    });
  }

  /** @param edited the message that the new one replaces */
  async function send(message: string | MessageDraft, edited?: ChatMessage): Promise<SendResult> {
    const draft = readDraft(message);
    if (!draft) return emptyMessage();
    const { content, model, attachments } = draft;
    return await startAnswer(async () => {
      const parentId = edited?.parentId;
      const last = unconfirmed;
      const id = last?.content === content && last.parentId === parentId ? last.id : randomId();
      const rollBack = messages.addOptimistic(
        createUserMessage({
          id,
          chatId,
          parentId: edited ? edited.parentId : (messages.newest()?.id ?? null),
          content,
          attachments: attachments ?? [],
          siblingIds: [...(edited?.siblingIds ?? []), id],
        }),
      );
      // The client's type asks for a mutable array, but nothing mutates it.
      const files = attachments as ChatAttachment[] | undefined;
      const input = { chatId, id, content, model, parentId, attachments: files };
      try {
        const output = await retryUnreached(() => context.client.send.mutate(input));
        unconfirmed = null;
        messages.put(output.userMessage);
        return output;
      } catch (error) {
        rollBack();
        if (serverCode(error) === null) {
          unconfirmed = { id, content, parentId };
          void messages.refetch();
        }
        throw error;
      }
    });
  }

  /**
   * Creates the chat for a message that is sent without one.
   *
   * @param open shows the new chat and sends the message there
   */
  async function create(
    input: CreateChatInput,
    message: string | MessageDraft,
    open: (chat: ChatSummary) => Promise<SendResult>,
  ): Promise<SendResult> {
    if (!readDraft(message)) return emptyMessage();
    return await runAlone(async () => {
      const chat = await context.client.create.mutate(input);
      lists.add(chat);
      return await open(chat);
    });
  }

  async function stopMessage(messageId: string): Promise<boolean> {
    const result = await attempt(() => context.client.stop.mutate({ messageId }), setError);
    // An answer that waits for an approval has no stream that would report its end.
    if (result.ok && !stream) void messages.refetch();
    return result.ok && result.stopped;
  }

  /** Brings the session in line with the cache. */
  function sync(): void {
    const active = activeMessage();
    if (stream && stream.messageId !== active?.id) closeStream();
    const ended = messages.find(activeId);
    activeId = active?.id ?? "";
    if (ended && !isInProgress(ended.status)) {
      setError(answerError(ended));
      // Only the server knows whether it has kept an answer that ended before its first word.
      if (!ended.content && !ended.toolCalls.length) void messages.refetch();
    }
    if (active && active.status !== "awaiting_approval" && !stream && mountedHooks > 0) {
      openStream(active);
    }
    watch.settle();
  }

  function openStream(message: ChatMessage): void {
    const messageId = message.id;
    const close = readAnswer({
      message,
      source: shared(`stream/${messageId}`, (lastEventId, handlers) =>
        context.client.stream.subscribe({ messageId, lastEventId }, handlers),
      ),
      onChange(next, hasEnded) {
        if (hasEnded) closeStream();
        messages.update(next);
      },
      onConnection: (connection) => setState({ connection }),
      onRefused(error) {
        setState({ refusedId: messageId });
        closeStream();
        if (serverCode(error) === "NOT_FOUND") void messages.refetch();
        else setError(toChatHookError(error));
      },
    });
    stream = { messageId, close };
  }

  function closeStream(): void {
    stream?.close();
    stream = null;
    setState({ connection: "live" });
  }

  return {
    messages,
    activeMessage,
    mount,
    send,
    create,
    getState: (): SessionState => state,
    subscribe: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Whether the chat is watched, so that the end of its answer will be noticed. */
    isWatched: () => mountedHooks > 0,
    /** The actions that `useChat` returns as they are; `UseChatResult` describes them. */
    actions: {
      clearError: (): void => setError(null),

      editMessage: async (
        messageId: string,
        message: string | MessageDraft,
      ): Promise<SendResult> => {
        const edited = messages.find(messageId);
        return edited?.role === "user" ? await send(message, edited) : notOnPage();
      },

      regenerate: async ({
        messageId = messages.newest()?.id,
        model,
      }: RegenerateOptions = {}): Promise<RegenerateResult> =>
        messageId === undefined
          ? notOnPage()
          : await startAnswer(() => context.client.regenerate.mutate({ messageId, model })),

      selectBranch: (messageId: string): Promise<ChatActionResult> =>
        runAlone(async () => {
          await retryUnreached(() => context.client.selectBranch.mutate({ messageId }));
          await messages.refetch();
          return {};
        }, false),

      stop: async (): Promise<boolean> => {
        if (state.isSubmitting) return (stopWhenSent = true);
        const message = activeMessage();
        return message !== undefined && (await stopMessage(message.id));
      },

      respondToTool: (response: ToolResponse): Promise<ToolResponseResult> =>
        run(() => respondToTool(messages, context.client, response, activeMessage()?.id)),
    },
  };
}

function emptyMessage() {
  return refusal("BAD_REQUEST", "The message is empty. Write something first.");
}

function notOnPage() {
  return refusal("NOT_FOUND", "This message is not on the page.");
}
