import type { ChatAttachment, ChatMessage } from "../../chat/chat-message.ts";
import { isInProgress } from "../../chat/chat-message.ts";
import type { CreateChatInput } from "../../chat/chat-procedures.ts";
import type { ChatSummary } from "../../chat/chat-summary.ts";
import { followAnswer } from "./read-answer.ts";
import { attempt } from "./attempt.ts";
import type { ChatClient } from "../connection/chat-client.ts";
import type {
  ChatActionResult,
  MessageDraft,
  RegenerateOptions,
  RegenerateResult,
  SendResult,
} from "./chat-action-result.ts";
import { emptyRefusal, noSuchMessage, readDraft, refusal } from "./chat-action-result.ts";
import type { ChatHookError } from "../connection/chat-hook-error.ts";
import { answerError, serverCode, toChatHookError } from "../connection/chat-hook-error.ts";
import type { ChatRouterCache } from "./router-context.ts";
import { createChatWatch } from "./chat-watch.ts";
import { createUserMessage } from "./message-draft.ts";
import type { ChatConnection } from "../connection/reconnecting-subscription.ts";
import { createMessageCache } from "../cache/message-cache.ts";
import { isSameList } from "../cache/paged-data.ts";
import { randomId } from "./random-id.ts";
import type { ToolResponse, ToolResponseResult } from "./respond-to-tool.ts";
import { respondToTool } from "./respond-to-tool.ts";
import { retryUnreached } from "./retry-unreached.ts";
import { shareSubscription } from "../connection/share-subscription.ts";

export interface SessionState {
  /** True from an action until the server has answered it. */
  readonly isSubmitting: boolean;
  readonly error: ChatHookError | null;
  readonly connection: ChatConnection;
  /** An answer that the server would not deliver, so that it is not asked for again and again. */
  readonly refusedId: string | null;
}

interface Unconfirmed {
  readonly id: string;
  readonly content: string;
  readonly parentId: string | null | undefined;
}

export type ChatSession = ReturnType<typeof createChatSession>;

/**
 * One chat as this tab sees it, shared by all hooks that show it: one watch, at most one stream, one
 * action at a time, one error. The messages themselves live in the React Query cache.
 */
export function createChatSession(router: ChatRouterCache, chatId: string) {
  const { keys, lists, queryClient } = router;
  const messages = createMessageCache(queryClient, keys.key("messages", "infinite", { chatId }));
  const listeners = new Set<() => void>();
  let state: SessionState = {
    isSubmitting: false,
    error: null,
    connection: "live",
    refusedId: null,
  };
  let stream: { readonly messageId: string; readonly close: () => void } | null = null;
  /** The answer that was in progress when the session last looked. */
  let activeId = "";
  let users = 0;
  /** How many actions are under way. */
  let actions = 0;
  let leaveCache = (): void => {};
  /** A message of which nobody knows whether it arrived: sent again, it keeps its id. */
  let unconfirmed: Unconfirmed | null = null;
  let stopWhenSent = false;

  const watch = createChatWatch({
    chatId,
    router,
    messages,
    source: shareSubscription(keys.topic(`watch/${chatId}`), (lastEventId, handlers) =>
      router.client.watch.subscribe({ chatId, lastEventId }, handlers),
    ),
    isBusy: () => actions > 0 || stream !== null,
    onDeleted: setError,
  });

  function set(patch: Partial<SessionState>): void {
    const next = { ...state, ...patch };
    if (isSameList(Object.values(next), Object.values(state))) return;
    state = next;
    for (const listener of listeners) listener();
  }

  function setError(error: ChatHookError | null): void {
    set({ error });
  }

  /** The answer in progress, as far as it can be followed. */
  function activeMessage(): ChatMessage | undefined {
    const newest = messages.newest();
    return isInProgress(newest?.status) && newest?.id !== state.refusedId ? newest : undefined;
  }

  /** Follows the answer in progress for as long as somebody looks at the chat. */
  function attach(): () => void {
    if (users++ === 0) {
      set({ refusedId: null });
      leaveCache = messages.watch(sync);
      if (chatId) watch.open();
    }
    sync();
    return () => {
      if (--users > 0) return;
      leaveCache();
      watch.close();
      endStream();
      activeId = "";
      setError(null);
    };
  }

  /** Keeps what went wrong as the chat's error. */
  async function run<Data extends object>(
    work: (client: ChatClient) => Promise<Data>,
  ): Promise<ChatActionResult<Data>> {
    actions++;
    const result = await attempt(() => work(router.client), setError);
    if (--actions === 0) {
      stopWhenSent = false;
      set({ isSubmitting: false });
    }
    sync();
    return result;
  }

  /**
   * Runs an action unless another one, or an answer, is in progress.
   * @param isSubmitting whether an answer is to come of it
   */
  async function act<Data extends object>(
    work: (client: ChatClient) => Promise<Data>,
    isSubmitting = true,
  ): Promise<ChatActionResult<Data>> {
    if (actions > 0 || activeMessage()) {
      return refusal("CONFLICT", "An answer is in progress. Wait, or stop it.", true);
    }
    set({ isSubmitting });
    return await run(work);
  }

  /** Runs an action that begins an answer. */
  async function begin<Output extends { readonly assistantMessage: ChatMessage }>(
    request: (client: ChatClient) => Promise<Output>,
  ): Promise<ChatActionResult<Output>> {
    return await act(async (client) => {
      const output = await request(client);
      messages.put(output.assistantMessage);
      if (stopWhenSent) void stopMessage(output.assistantMessage.id);
      return output;
    });
  }

  /** @param replaced the message that this one takes the place of, for an edit */
  async function send(message: string | MessageDraft, replaced?: ChatMessage): Promise<SendResult> {
    const draft = readDraft(message);
    if (!draft) return emptyRefusal();
    const { content, model, attachments } = draft;
    return await begin(async (client) => {
      const parentId = replaced?.parentId;
      const last = unconfirmed;
      const id = last?.content === content && last.parentId === parentId ? last.id : randomId();
      const undo = messages.putUnconfirmed(
        createUserMessage({
          id,
          chatId,
          parentId: replaced ? replaced.parentId : (messages.newest()?.id ?? null),
          content,
          attachments: attachments ?? [],
          siblingIds: [...(replaced?.siblingIds ?? []), id],
        }),
      );
      // The client's type has an array that may be changed; nobody changes it.
      const files = attachments as ChatAttachment[] | undefined;
      const input = { chatId, id, content, model, parentId, attachments: files };
      try {
        const output = await retryUnreached(() => client.send.mutate(input));
        unconfirmed = null;
        messages.put(output.userMessage);
        return output;
      } catch (error) {
        undo();
        if (serverCode(error) === null) {
          unconfirmed = { id, content, parentId };
          void messages.refetch();
        }
        throw error;
      }
    });
  }

  /**
   * Makes the chat that this session waits for.
   * @param open sends the draft in the new chat
   */
  async function create(
    input: CreateChatInput,
    message: string | MessageDraft,
    open: (chat: ChatSummary) => Promise<SendResult>,
  ): Promise<SendResult> {
    if (!readDraft(message)) return emptyRefusal();
    return await act(async (client) => {
      const chat = await client.create.mutate(input);
      lists.add(chat);
      return await open(chat);
    });
  }

  async function stopMessage(messageId: string): Promise<boolean> {
    const result = await attempt(() => router.client.stop.mutate({ messageId }), setError);
    // What waits for an approval has no stream that would tell.
    if (result.ok && !stream) void messages.refetch();
    return result.ok && result.stopped;
  }

  /** Brings the session in line with the cache. */
  function sync(): void {
    const active = activeMessage();
    if (stream && stream.messageId !== active?.id) endStream();
    const ended = messages.find(activeId);
    activeId = active?.id ?? "";
    if (ended && !isInProgress(ended.status)) {
      setError(answerError(ended));
      // An answer that ended before its first word is kept or not: only the server knows.
      if (!ended.content && !ended.toolCalls.length) void messages.refetch();
    }
    if (active && active.status !== "awaiting_approval" && !stream && users > 0) openStream(active);
    watch.settle();
  }

  function openStream(message: ChatMessage): void {
    const messageId = message.id;
    const close = followAnswer({
      message,
      source: shareSubscription(keys.topic(`stream/${messageId}`), (lastEventId, handlers) =>
        router.client.stream.subscribe({ messageId, lastEventId }, handlers),
      ),
      onChange(next, hasEnded) {
        if (hasEnded) endStream();
        messages.update(next);
      },
      onConnection: (connection) => set({ connection }),
      onRefused(error) {
        set({ refusedId: messageId });
        endStream();
        if (serverCode(error) === "NOT_FOUND") void messages.refetch();
        else setError(toChatHookError(error));
      },
    });
    stream = { messageId, close };
  }

  function endStream(): void {
    stream?.close();
    stream = null;
    set({ connection: "live" });
  }

  return {
    messages,
    activeMessage,
    attach,
    send,
    create,
    getState: (): SessionState => state,
    subscribe: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** True while the chat is watched, so that the end of its answer will be known. */
    isFollowing: () => users > 0,
    /** What a hook gives away as it is. */
    actions: {
      clearError: (): void => setError(null),

      editMessage: async (
        messageId: string,
        message: string | MessageDraft,
      ): Promise<SendResult> => {
        const replaced = messages.find(messageId);
        return replaced?.role === "user" ? await send(message, replaced) : noSuchMessage();
      },

      regenerate: async ({
        messageId,
        model,
      }: RegenerateOptions = {}): Promise<RegenerateResult> => {
        const id = messageId ?? messages.newest()?.id;
        if (id === undefined) return noSuchMessage();
        return await begin((client) => client.regenerate.mutate({ messageId: id, model }));
      },

      selectBranch: async (messageId: string): Promise<ChatActionResult> =>
        await act(async (client) => {
          await retryUnreached(() => client.selectBranch.mutate({ messageId }));
          await messages.refetch();
          return {};
        }, false),

      /** Ends the answer in progress in every tab; its text stays. False when there was nothing to stop. */
      stop: async (): Promise<boolean> => {
        if (state.isSubmitting) return (stopWhenSent = true);
        const message = activeMessage();
        return message !== undefined && (await stopMessage(message.id));
      },

      respondToTool: async (response: ToolResponse): Promise<ToolResponseResult> =>
        await run((client) => respondToTool(messages, client, response, activeMessage()?.id)),
    },
  };
}
