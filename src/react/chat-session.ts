import type { QueryClient } from "@tanstack/react-query";
import type { ChatMessage } from "../chat/chat-message.ts";
import { isInProgress } from "../chat/chat-message.ts";
import type { CreateChatInput } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import { AnswerStream } from "./answer-stream.ts";
import type { ChatClient } from "./chat-client.ts";
import type {
  ChatActionResult,
  MessageDraft,
  RegenerateOptions,
  RegenerateResult,
  SendResult,
} from "./chat-action.ts";
import {
  emptyRefusal,
  isEmpty,
  noSuchMessage,
  refusal,
  sendInput,
  toDraft,
} from "./chat-action.ts";
import type { ChatHookError } from "./chat-hook-error.ts";
import { answerError, serverCode, toChatHookError } from "./chat-hook-error.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { ChatListCache } from "./chat-list-cache.ts";
import type { ChatWatch } from "./chat-watch.ts";
import { createUserMessage } from "./create-user-message.ts";
import type { ChatConnection } from "./live-subscription.ts";
import { loadLater } from "./load-later.ts";
import { MessageCache } from "./message-cache.ts";
import { randomId } from "./random-id.ts";
import type { ToolResponse, ToolResponseResult } from "./respond-to-tool.ts";
import { retryUnreached } from "./retry-unreached.ts";
import { shareSubscription } from "./share-subscription.ts";

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

/**
 * One chat as this tab sees it, shared by all hooks that show it: one watch, at most one stream, one
 * action at a time, one error. The messages themselves live in the React Query cache.
 */
export class ChatSession {
  readonly chatId: string;
  readonly messages: MessageCache;
  readonly #queryClient: QueryClient;
  readonly #keys: ChatKeys;
  readonly #lists: ChatListCache;
  readonly #listeners = new Set<() => void>();
  #client: ChatClient;
  #state: SessionState = {
    isSubmitting: false,
    error: null,
    connection: "live",
    refusedId: null,
  };
  #stream: AnswerStream | null = null;
  #watch: ChatWatch | null = null;
  /** The answer that was in progress when the session last looked. */
  #activeId: string | null = null;
  #users = 0;
  #leaveCache: (() => void) | null = null;
  /** A message of which nobody knows whether it arrived: sent again, it keeps its id. */
  #unconfirmed: Unconfirmed | null = null;
  #stopWhenSent = false;
  /** How many actions are under way. */
  #actions = 0;

  constructor(
    queryClient: QueryClient,
    keys: ChatKeys,
    lists: ChatListCache,
    client: ChatClient,
    chatId: string,
  ) {
    this.chatId = chatId;
    this.messages = new MessageCache(queryClient, keys.messages({ chatId }));
    this.#queryClient = queryClient;
    this.#keys = keys;
    this.#lists = lists;
    this.#client = client;
  }

  readonly getState = (): SessionState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The client of the newest render; all of them must reach the same router. */
  setClient(client: ChatClient): void {
    this.#client = client;
  }

  /** Follows the answer in progress for as long as somebody looks at the chat. */
  readonly attach = (): (() => void) => {
    this.#followCache();
    if (this.#users++ === 0) {
      this.#set({ refusedId: null });
      void this.#openWatch();
    }
    this.#sync();
    return () => {
      this.#users--;
      if (this.#users > 0) return;
      this.#watch?.close();
      this.#stream?.close();
      this.#stream = null;
      this.#activeId = null;
      this.#set({ error: null, connection: "live" });
      this.#leaveCacheWhenIdle();
    };
  };

  /** True while the chat is watched, so that the end of its answer will be known. */
  get isFollowing(): boolean {
    return this.#users > 0;
  }

  /** The answer in progress, as far as it can be followed. */
  get activeMessage(): ChatMessage | undefined {
    const newest = this.messages.newest();
    if (newest === undefined || !this.isActive(newest)) return undefined;
    return newest;
  }

  isActive(message: ChatMessage): boolean {
    return isInProgress(message.status) && message.id !== this.#state.refusedId;
  }

  /** @param replaced the message that this one takes the place of, for an edit */
  async send(message: string | MessageDraft, replaced?: ChatMessage): Promise<SendResult> {
    const draft = toDraft(message);
    if (isEmpty(draft)) return emptyRefusal();
    return await this.#act(async (client) => {
      const { content } = draft;
      const parentId = replaced?.parentId;
      const id = this.#idFor(content, parentId);
      const undo = this.messages.putUnconfirmed(
        createUserMessage({
          ...draft,
          id,
          chatId: this.chatId,
          parentId:
            replaced === undefined ? (this.messages.newest()?.id ?? null) : replaced.parentId,
        }),
        replaced?.id,
      );
      try {
        const output = await retryUnreached(() =>
          client.send.mutate(sendInput(this.chatId, id, draft, replaced)),
        );
        this.#unconfirmed = null;
        this.messages.put(output.userMessage);
        this.messages.put(output.assistantMessage);
        this.#stopIfWanted(output.assistantMessage);
        return output;
      } catch (error) {
        undo();
        if (serverCode(error) === null) {
          this.#unconfirmed = { id, content, parentId };
          void this.messages.refetch();
        }
        throw error;
      }
    });
  }

  /**
   * Makes the chat that this session waits for.
   * @param open sends the draft in the new chat
   */
  async create(
    input: CreateChatInput,
    message: string | MessageDraft,
    open: (chat: ChatSummary) => Promise<SendResult>,
  ): Promise<SendResult> {
    if (isEmpty(toDraft(message))) return emptyRefusal();
    const created = await this.#act(async (client) => {
      const chat = await client.create.mutate(input);
      this.#lists.add(chat);
      return { sent: open(chat) };
    });
    return created.ok ? await created.sent : created;
  }

  readonly edit = async (
    messageId: string,
    message: string | MessageDraft,
  ): Promise<SendResult> => {
    const replaced = this.messages.find(messageId);
    return replaced?.role === "user" ? await this.send(message, replaced) : noSuchMessage();
  };

  readonly regenerate = async (options: RegenerateOptions = {}): Promise<RegenerateResult> => {
    const messageId = options.messageId ?? this.messages.newest()?.id;
    if (messageId === undefined) return noSuchMessage();
    return await this.#act(async (client) => {
      const output = await client.regenerate.mutate({ messageId, model: options.model });
      this.messages.cutAnswer(messageId);
      this.messages.put(output.assistantMessage);
      this.#stopIfWanted(output.assistantMessage);
      return output;
    });
  };

  readonly selectBranch = async (messageId: string): Promise<ChatActionResult> => {
    return await this.#act(async (client) => {
      await retryUnreached(() => client.selectBranch.mutate({ messageId }));
      await this.messages.refetch();
      return {};
    }, false);
  };

  /** Ends the answer in progress in every tab; its text stays. False when there was nothing to stop. */
  readonly stop = async (): Promise<boolean> => {
    if (this.#state.isSubmitting) {
      this.#stopWhenSent = true;
      return true;
    }
    const message = this.activeMessage;
    return message !== undefined && (await this.#stop(message.id));
  };

  readonly respondToTool = async (response: ToolResponse): Promise<ToolResponseResult> =>
    await this.#run(async (client) => {
      const { respondToTool } = await loadLater();
      return await respondToTool(this.messages, client, response, this.activeMessage?.id);
    }, false);

  readonly clearError = (): void => this.#set({ error: null });

  /**
   * Runs an action unless another one, or an answer, is in progress.
   * @param isSubmitting whether an answer is to come of it
   */
  async #act<Data extends object>(
    work: (client: ChatClient) => Promise<Data>,
    isSubmitting = true,
  ): Promise<ChatActionResult<Data>> {
    if (this.#actions > 0 || this.activeMessage !== undefined) {
      return refusal("CONFLICT", "An answer is in progress. Wait for its end or stop it.", true);
    }
    return await this.#run(work, isSubmitting);
  }

  /** Keeps what went wrong as the chat's error. */
  async #run<Data extends object>(
    work: (client: ChatClient) => Promise<Data>,
    isSubmitting: boolean,
  ): Promise<ChatActionResult<Data>> {
    this.#actions++;
    this.#set({ isSubmitting, error: null });
    this.#followCache();
    try {
      return { ok: true, ...(await work(this.#client)) };
    } catch (cause) {
      const error = toChatHookError(cause);
      this.#set({ error });
      return { ok: false, error };
    } finally {
      this.#actions--;
      this.#stopWhenSent = false;
      this.#set({ isSubmitting: false });
      this.#sync();
      this.#leaveCacheWhenIdle();
    }
  }

  async #stop(messageId: string): Promise<boolean> {
    try {
      const { stopped } = await this.#client.stop.mutate({ messageId });
      // What waits for an approval has no stream that would tell.
      if (this.#stream === null) void this.messages.refetch();
      return stopped;
    } catch (error) {
      this.#set({ error: toChatHookError(error) });
      return false;
    }
  }

  #idFor(content: string, parentId: string | null | undefined): string {
    const last = this.#unconfirmed;
    return last !== null && last.content === content && last.parentId === parentId
      ? last.id
      : randomId();
  }

  #stopIfWanted(message: ChatMessage): void {
    if (this.#stopWhenSent && isInProgress(message.status)) void this.#stop(message.id);
  }

  async #openWatch(): Promise<void> {
    const { chatId, messages } = this;
    if (chatId === "") return;
    // Without it the tab works alone.
    const later = await loadLater().catch(() => null);
    if (later === null || this.#users === 0) return;
    this.#watch ??= new later.ChatWatch({
      chatId,
      queryClient: this.#queryClient,
      keys: this.#keys,
      messages,
      lists: this.#lists,
      subscribe: shareSubscription(this.#keys.topic(`watch/${chatId}`), (lastEventId, handlers) =>
        this.#client.watch.subscribe({ chatId, lastEventId }, handlers),
      ),
      isBusy: () => this.#actions > 0 || this.#stream?.isOpen === true,
      onDeleted: (error) => this.#set({ error }),
    });
    this.#watch.open();
  }

  #sync(): void {
    const active = this.activeMessage;
    const stream = this.#stream;
    if (stream !== null && (stream.messageId !== active?.id || !stream.isOpen)) {
      this.#endStream(stream);
    }
    const ended = this.#activeId === null ? undefined : this.messages.find(this.#activeId);
    this.#activeId = active?.id ?? null;
    if (ended !== undefined && !isInProgress(ended.status)) {
      this.#set({ error: answerError(ended) });
      // An answer that ended before its first word is kept or not: only the server knows.
      if (ended.content === "" && ended.toolCalls.length === 0) void this.messages.refetch();
    }
    const streams = active !== undefined && active.status !== "awaiting_approval";
    if (streams && this.#stream === null && this.#users > 0) this.#openStream(active);
    this.#watch?.settle();
  }

  #openStream(message: ChatMessage): void {
    const stream: AnswerStream = new AnswerStream({
      message,
      subscribe: shareSubscription(
        this.#keys.topic(`stream/${message.id}`),
        (lastEventId, handlers) =>
          this.#client.stream.subscribe({ messageId: message.id, lastEventId }, handlers),
      ),
      onChange: (next) => this.messages.update(next),
      onConnection: (connection) => this.#set({ connection }),
      onRefused: (error) => {
        this.#set({ refusedId: message.id });
        this.#endStream(stream);
        if (serverCode(error) === "NOT_FOUND") void this.messages.refetch();
        else this.#set({ error: toChatHookError(error) });
      },
    });
    this.#stream = stream;
    stream.open();
  }

  #endStream(stream: AnswerStream): void {
    stream.close();
    if (this.#stream === stream) this.#stream = null;
    this.#set({ connection: "live" });
  }

  #followCache(): void {
    this.#leaveCache ??= this.messages.watch(() => this.#sync());
  }

  #leaveCacheWhenIdle(): void {
    if (this.#users > 0 || this.#actions > 0) return;
    this.#leaveCache?.();
    this.#leaveCache = null;
  }

  #set(patch: Partial<SessionState>): void {
    const next = { ...this.#state, ...patch };
    const before: readonly unknown[] = Object.values(this.#state);
    if (Object.values(next).every((value, index) => value === before[index])) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
