import type { ChatMessage } from "../../chat/chat-message.ts";
import { isInProgress, isWaiting } from "../../chat/chat-message.ts";
import type { CreateChatInput, SendMessageOutput } from "../../chat/chat-procedures.ts";
import { createMessageCache } from "../cache/message-cache.ts";
import { isSameList } from "../cache/paged-data.ts";
import { answerError, ChatHookError, serverCode } from "../connection/chat-hook-error.ts";
import type { ChatConnection } from "../connection/reconnecting-subscription.ts";
import { shareBetweenTabs } from "../connection/share-between-tabs.ts";
import type { ChatActionResult, RegenerateResult, SendResult } from "./chat-action-result.ts";
import { attempt } from "./chat-action-result.ts";
import { createChatWatch } from "./chat-watch.ts";
import type { MessageDraft } from "./message-draft.ts";
import { createUserMessage, randomId, readDraft } from "./message-draft.ts";
import { readAnswer } from "./read-answer.ts";
import type { ToolResponse, ToolResponseResult } from "./respond-to-tool.ts";
import { retryUnreached } from "./retry-unreached.ts";
import type { SessionContext } from "./session-context.ts";

export interface SessionState {
  /** Whether an action that starts an answer waits for the server. */
  readonly isSubmitting: boolean;
  readonly error: ChatHookError | null;
  /** Why the chat cannot be followed: it was deleted, or nothing arrives. No action clears it. */
  readonly fault: ChatHookError | null;
  /** Why the answer cannot be read for now. */
  readonly streamFault: ChatHookError | null;
  readonly connection: ChatConnection;
  /** Another object after the cache was cleared, for the page to build its entry again. */
  readonly entry: object | null;
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

interface Opening {
  readonly newChat: CreateChatInput;
  /** Shows the chat that was made. */
  readonly open: (output: SendMessageOutput) => void;
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
  const messages = createMessageCache(
    context,
    context.keys.key("messages", "infinite", { chatId }),
  );
  const listeners = new Set<() => void>();
  let state: SessionState = {
    isSubmitting: false,
    error: null,
    fault: null,
    streamFault: null,
    entry: null,
    connection: "live",
    refusedId: null,
  };
  /** The answer whose stream is open. */
  let streamedId: string | undefined;
  let stopReading = (): void => {};
  /** The answer that was in progress at the last `sync`. */
  let activeId = "";
  /** Why the answer before it ended badly. */
  let endedWith: ChatHookError | null = null;
  let runningActions = 0;
  let stopSyncing = (): void => {};
  /** A message that may not have reached the server. If it is sent again, it keeps its id. */
  let unconfirmed: UnconfirmedMessage | null = null;
  let stopWhenSent = false;

  const watch = createChatWatch(
    context,
    chatId,
    messages,
    () => runningActions > 0 || streamedId !== undefined,
    (fault) => setState({ fault }),
  );

  function setState(patch: Partial<SessionState>): void {
    const next = { ...state, ...patch };
    if (isSameList(Object.values(next), Object.values(state))) return;
    state = next;
    for (const listener of listeners) listener();
  }

  function setError(error: ChatHookError | null): void {
    setState({ error });
  }

  /** Refuses an action before the server is asked. */
  function refuse(...reason: ConstructorParameters<typeof ChatHookError>) {
    return attempt<never>(() => Promise.reject(new ChatHookError(...reason)), setError);
  }

  const notOnPage = () => refuse("NOT_FOUND", "This message is not on the page.");

  /** Returns the answer in progress, unless its stream was refused. */
  function activeMessage(): ChatMessage | undefined {
    const newest = messages.newest();
    return isInProgress(newest?.status) && newest?.id !== state.refusedId ? newest : undefined;
  }

  /** Watches the chat and reads its answers while it has at least one listener. */
  function subscribe(listener: () => void): () => void {
    listeners.add(listener);
    if (listeners.size === 1) {
      setState({ refusedId: null, fault: null });
      stopSyncing = messages.subscribe(sync, () => setState({ entry: {} }));
      if (chatId) watch.open();
    }
    sync();
    return () => {
      listeners.delete(listener);
      if (listeners.size) return;
      stopSyncing();
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

  /**
   * Runs an action unless another action or an answer is in progress.
   *
   * @param isSubmitting whether the action starts an answer
   */
  async function runAlone<Data extends object>(
    work: () => Promise<Data>,
    isSubmitting = true,
  ): Promise<ChatActionResult<Data>> {
    if (runningActions > 0 || activeMessage()) {
      return refuse("CONFLICT", "An answer is in progress. Stop it or wait.", true);
    }
    setState({ isSubmitting });
    return run(work);
  }

  /** Runs an action that starts an answer. */
  function startAnswer<Output extends { readonly assistantMessage: ChatMessage }>(
    request: () => Promise<Output>,
  ): Promise<ChatActionResult<Output>> {
    return runAlone(async () => {
      const output = await request();
      if (chatId) messages.put(output.assistantMessage);
      if (stopWhenSent) void stopMessage(output.assistantMessage.id);
      return output;
    });
  }

  /**
   * @param edited the message that the new one replaces
   * @param opening without a chat: what the new one starts with, and what shows it
   */
  async function send(
    message: string | MessageDraft,
    edited?: ChatMessage,
    opening?: Opening,
  ): Promise<SendResult> {
    const draft = readDraft(message);
    if (!draft) return refuse("BAD_REQUEST", "The message is empty.");
    return startAnswer(async () => {
      const parentId = edited?.parentId;
      const id =
        unconfirmed?.content === draft.content && unconfirmed.parentId === parentId
          ? unconfirmed.id
          : randomId();
      const input = { ...draft, id, parentId };
      const rollBack = messages.add(
        createUserMessage({
          ...input,
          chatId,
          parentId: parentId === undefined ? (messages.newest()?.id ?? null) : parentId,
          siblingIds: [...(edited?.siblingIds ?? []), id],
        }),
      );
      try {
        const output = await retryUnreached(() =>
          context.client.send.mutate(
            opening ? { ...input, newChat: opening.newChat } : { ...input, chatId },
          ),
        );
        unconfirmed = null;
        if (opening) {
          opening.open(output);
          rollBack();
        } else messages.put(output.userMessage);
        return output;
      } catch (error) {
        rollBack();
        if (serverCode(error) === null) {
          unconfirmed = input;
          void messages.refetch();
        }
        throw error;
      }
    });
  }

  async function stopMessage(messageId: string | undefined): Promise<boolean> {
    if (!messageId) return false;
    const result = await attempt(() => context.client.stop.mutate({ messageId }), setError);
    // An answer that waits has no stream that would report its end.
    if (result.ok && !streamedId) void messages.refetch();
    return result.ok && result.stopped;
  }

  /** Brings the session in line with the cache. */
  function sync(): void {
    const active = activeMessage();
    if (streamedId !== active?.id) closeStream();
    const ended = messages.find(activeId);
    // Another tab has retried, or gone on. What an action of this tab has failed with stays.
    if (active && state.error === endedWith) setError(null);
    activeId = active?.id ?? "";
    if (ended && !isInProgress(ended.status)) {
      setError((endedWith = answerError(ended)));
      // Only the server knows whether it has kept an answer that ended before its first word.
      if (!ended.content && !ended.toolCalls.length) void messages.refetch();
    }
    if (active && !isWaiting(active.status) && !streamedId && listeners.size) {
      openStream(active);
    }
    watch.settle();
  }

  function openStream(message: ChatMessage): void {
    const messageId = message.id;
    streamedId = messageId;
    stopReading = readAnswer({
      message,
      source: shareBetweenTabs(
        context.keys.topic(context.user, `stream/${messageId}`),
        (lastEventId, handlers) =>
          context.client.stream.subscribe({ messageId, lastEventId }, handlers),
      ),
      onChange(next, hasEnded) {
        if (hasEnded) closeStream();
        messages.update(next);
      },
      onConnectionStateChange: (connection) => setState({ connection }),
      onError(error) {
        setState({ refusedId: messageId });
        closeStream();
        if (error.code === "NOT_FOUND") void messages.refetch();
        else setError(error);
      },
      onMissing: (streamFault) => setState({ streamFault }),
    });
  }

  function closeStream(): void {
    stopReading();
    streamedId = undefined;
    setState({ connection: "live" });
  }

  return {
    activeMessage,
    subscribe,
    messages,
    setError,
    send,
    getState: (): SessionState => state,
    /** Whether the chat is watched, so that the end of its answer will be noticed. */
    isWatched: () => listeners.size > 0,
    /** The actions that `useChat` returns as they are; `UseChatResult` describes them. */
    actions: {
      clearError: (): void => setError(null),

      editMessage: async (
        messageId: string,
        message: string | MessageDraft,
      ): Promise<SendResult> => {
        const edited = messages.find(messageId);
        return edited?.role === "user" ? send(message, edited) : notOnPage();
      },

      regenerate: async ({
        messageId = messages.newest()?.id,
        model,
      }: RegenerateOptions = {}): Promise<RegenerateResult> =>
        messageId === undefined
          ? notOnPage()
          : startAnswer(() => context.client.regenerate.mutate({ messageId, model })),

      selectBranch: (messageId: string): Promise<ChatActionResult> =>
        runAlone(async () => {
          await retryUnreached(() => context.client.selectBranch.mutate({ messageId }));
          await messages.refetch();
          return {};
        }, false),

      stop: async (): Promise<boolean> => {
        if (state.isSubmitting) return (stopWhenSent = true);
        return stopMessage(activeMessage()?.id);
      },

      respondToTool: (response: ToolResponse): Promise<ToolResponseResult> =>
        run(async () => {
          // Most chats have no tool that waits.
          const tools = await import("./respond-to-tool.ts");
          return tools.respondToTool(messages, context.client, response, activeMessage()?.id);
        }),
    },
  };
}
