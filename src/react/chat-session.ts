import type { QueryClient } from "@tanstack/react-query";
import type { ChatMessage } from "../chat/chat-message.ts";
import { isInProgress } from "../chat/chat-message.ts";
import type { CreateChatInput } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import type { ChatConnection } from "./answer-stream.ts";
import { AnswerStream } from "./answer-stream.ts";
import type { ChatClient } from "./chat-client.ts";
import type {
  ChatActionResult,
  MessageDraft,
  RegenerateOptions,
  RegenerateResult,
  SendResult,
} from "./chat-action.ts";
import { emptyRefusal, isEmpty, refusal, sendInput } from "./chat-action.ts";
import type { ChatHookError } from "./chat-hook-error.ts";
import { answerError, serverCode, toChatHookError } from "./chat-hook-error.ts";
import type { ChatKeys } from "./chat-keys.ts";
import { ChatListCache } from "./chat-list-cache.ts";
import { MessageCache } from "./message-cache.ts";
import { createUserMessage } from "./create-user-message.ts";
import { randomId } from "./random-id.ts";
import { retryUnreached } from "./retry-unreached.ts";

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
 * One chat as this tab sees it, shared by all hooks that show it: at most one stream, one action at a
 * time, one error. The messages themselves live in the React Query cache.
 */
export class ChatSession {
  readonly chatId: string;
  readonly messages: MessageCache;
  readonly #queryClient: QueryClient;
  readonly #keys: ChatKeys;
  readonly #lists: ChatListCache;
  readonly #listeners = new Set<() => void>();
  #client: ChatClient | null = null;
  #state: SessionState = {
    isSubmitting: false,
    error: null,
    connection: "live",
    refusedId: null,
  };
  #stream: AnswerStream | null = null;
  #users = 0;
  #unwatch: (() => void) | null = null;
  /** A message of which nobody knows whether it arrived: sent again, it keeps its id. */
  #unconfirmed: Unconfirmed | null = null;
  #stopWhenSent = false;
  #isActing = false;

  constructor(queryClient: QueryClient, keys: ChatKeys, chatId: string) {
    this.chatId = chatId;
    this.#queryClient = queryClient;
    this.#keys = keys;
    this.messages = new MessageCache(queryClient, keys.messages({ chatId }));
    this.#lists = new ChatListCache(queryClient, keys);
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
    if (this.#users === 0) this.#set({ refusedId: null });
    this.#users++;
    this.#watch();
    this.#sync();
    return () => {
      this.#users--;
      if (this.#users > 0) return;
      this.#stream?.close();
      this.#stream = null;
      this.#set({ error: null, connection: "live" });
      this.#unwatchWhenIdle();
    };
  };

  /** True while an answer is followed, so that its end will be known. */
  get isFollowing(): boolean {
    return this.#stream !== null;
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
  async send(draft: MessageDraft, replaced?: ChatMessage): Promise<SendResult> {
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
        this.#answerBegan(output.assistantMessage);
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
    draft: MessageDraft,
    open: (chat: ChatSummary) => Promise<SendResult>,
  ): Promise<SendResult> {
    if (isEmpty(draft)) return emptyRefusal();
    const created = await this.#act(async (client) => {
      const chat = await client.create.mutate(input);
      this.#lists.add(chat);
      return { sent: open(chat) };
    });
    return created.ok ? await created.sent : created;
  }

  async edit(messageId: string, draft: MessageDraft): Promise<SendResult> {
    const message = this.messages.find(messageId);
    if (message === undefined || message.role !== "user") {
      return refusal("NOT_FOUND", "Only a user message that is on the page can be edited.", false);
    }
    return await this.send(draft, message);
  }

  async regenerate(options: RegenerateOptions = {}): Promise<RegenerateResult> {
    const messageId = options.messageId ?? this.messages.newest()?.id;
    if (messageId === undefined) {
      return refusal("BAD_REQUEST", "There is no message to answer yet.", false);
    }
    return await this.#act(async (client) => {
      const output = await client.regenerate.mutate(
        options.model === undefined ? { messageId } : { messageId, model: options.model },
      );
      this.messages.cut(this.#answerOf(messageId));
      this.messages.put(output.assistantMessage);
      this.#answerBegan(output.assistantMessage);
      return output;
    });
  }

  async selectBranch(messageId: string): Promise<ChatActionResult> {
    return await this.#act(async (client) => {
      await retryUnreached(() => client.selectBranch.mutate({ messageId }));
      await this.messages.refetch();
      return {};
    }, false);
  }

  /** Ends the answer in progress in every tab; its text stays. False when there was nothing to stop. */
  async stop(): Promise<boolean> {
    if (this.#state.isSubmitting) {
      this.#stopWhenSent = true;
      return true;
    }
    const message = this.activeMessage;
    return message === undefined ? false : await this.#stop(message.id);
  }

  readonly clearError = (): void => this.#set({ error: null });

  /**
   * Runs one action at a time, and keeps what went wrong as the chat's error.
   * @param isSubmitting whether an answer is to come of it
   */
  async #act<Data extends object>(
    work: (client: ChatClient) => Promise<Data>,
    isSubmitting = true,
  ): Promise<ChatActionResult<Data>> {
    const client = this.#client;
    if (client === null || this.#isActing || this.activeMessage !== undefined) {
      return refusal("CONFLICT", "An answer is in progress. Wait for its end or stop it.", true);
    }
    this.#isActing = true;
    this.#set({ isSubmitting, error: null });
    this.#watch();
    try {
      const data = await work(client);
      this.#isActing = false;
      this.#set({ isSubmitting: false });
      this.#sync();
      return { ok: true, ...data };
    } catch (cause) {
      const error = toChatHookError(cause);
      this.#isActing = false;
      this.#set({ isSubmitting: false, error });
      return { ok: false, error };
    } finally {
      this.#stopWhenSent = false;
      this.#unwatchWhenIdle();
    }
  }

  async #stop(messageId: string): Promise<boolean> {
    const client = this.#client;
    if (client === null) return false;
    try {
      return (await client.stop.mutate({ messageId })).stopped;
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

  /** What a new answer to the message takes the place of. */
  #answerOf(messageId: string): string | undefined {
    const message = this.messages.find(messageId);
    return message?.role === "user" ? this.messages.after(messageId)?.id : messageId;
  }

  #answerBegan(message: ChatMessage): void {
    if (!isInProgress(message.status)) return;
    this.#lists.touch(this.chatId, { activeMessageId: message.id, updatedAt: message.createdAt });
    this.#askForTitle();
    if (this.#stopWhenSent) void this.#stop(message.id);
  }

  #answerEnded(message: ChatMessage): void {
    this.#set({ error: answerError(message) });
    this.#lists.patch(this.chatId, {
      activeMessageId: null,
      ...(message.finishedAt !== null && { updatedAt: message.finishedAt }),
    });
    this.#askForTitle();
    void this.#queryClient.invalidateQueries({ queryKey: this.#keys.stats(this.chatId) });
    // An answer that ended before its first word is kept or not: only the server knows.
    if (message.content === "" && message.toolCalls.length === 0) void this.messages.refetch();
  }

  /** The server names a chat after its first message. */
  #askForTitle(): void {
    if (this.#lists.find(this.chatId)?.title === null) void this.#lists.refetch();
  }

  #sync(): void {
    const active = this.activeMessage;
    const stream = this.#stream;
    if (stream !== null && stream.messageId !== active?.id) {
      this.#endStream(stream);
      const ended = this.messages.find(stream.messageId);
      if (ended !== undefined && !isInProgress(ended.status)) this.#answerEnded(ended);
    }
    if (active !== undefined && this.#stream === null && this.#users > 0) this.#openStream(active);
  }

  #openStream(message: ChatMessage): void {
    const client = this.#client;
    if (client === null) return;
    const stream: AnswerStream = new AnswerStream({
      message,
      subscribe: (input, handlers) => (this.#client ?? client).stream.subscribe(input, handlers),
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

  #watch(): void {
    this.#unwatch ??= this.messages.watch(() => this.#sync());
  }

  #unwatchWhenIdle(): void {
    if (this.#users > 0 || this.#isActing) return;
    this.#unwatch?.();
    this.#unwatch = null;
  }

  #set(patch: Partial<SessionState>): void {
    const next = { ...this.#state, ...patch };
    const before: readonly unknown[] = Object.values(this.#state);
    if (Object.values(next).every((value, index) => value === before[index])) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }
}
