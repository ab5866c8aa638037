import type { QueryClient } from "@tanstack/react-query";
import type { ChatNotice } from "../chat/chat-notice.ts";
import { isInProgress } from "../chat/chat-message.ts";
import type { TrackedNotice } from "../chat/chat-procedures.ts";
import type { ChatSummary } from "../chat/chat-summary.ts";
import { ChatHookError } from "./chat-hook-error.ts";
import type { ChatKeys } from "./chat-keys.ts";
import type { ChatListCache } from "./chat-list-cache.ts";
import type { Subscribe } from "./live-subscription.ts";
import { LiveSubscription } from "./live-subscription.ts";
import type { MessageCache } from "./message-cache.ts";
import { findItem, removeItems, withFirst } from "./paged-data.ts";
import { onNextFrame } from "./next-frame.ts";

export interface ChatWatchOptions {
  readonly chatId: string;
  readonly queryClient: QueryClient;
  readonly keys: ChatKeys;
  readonly messages: MessageCache;
  readonly lists: ChatListCache;
  readonly subscribe: Subscribe<TrackedNotice>;
  /** True while an action of this tab is under way, or a stream open: what they bring comes first. */
  readonly isBusy: () => boolean;
  readonly onDeleted: (error: ChatHookError) => void;
}

/** Brings into the cache what others change in a chat: other tabs, other devices, the server itself. */
export class ChatWatch {
  readonly #options: ChatWatchOptions;
  readonly #subscription: LiveSubscription<TrackedNotice>;
  /** What speaks for loading the messages again, to be asked when nothing is under way. */
  #doubts: (() => boolean)[] = [];
  #isOpen = false;
  #cancelFrame: (() => void) | null = null;

  constructor(options: ChatWatchOptions) {
    this.#options = options;
    this.#subscription = new LiveSubscription({
      subscribe: options.subscribe,
      onEvent: ({ data }) => {
        this.#subscription.progressed();
        this.#receive(data);
      },
      // The page has learned why from its own requests.
      onRefused: () => {},
    });
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#subscription.open();
  }

  close(): void {
    this.#isOpen = false;
    this.#cancelFrame?.();
    this.#cancelFrame = null;
    this.#subscription.close();
  }

  /** To be called when an action has ended, and when the messages have changed. */
  settle(): void {
    if (this.#doubts.length > 0) this.#cancelFrame ??= onNextFrame(() => this.#decide());
  }

  #receive(notice: ChatNotice): void {
    const { chatId, keys, messages, lists, onDeleted } = this.#options;
    if ("chat" in notice) this.#update(notice.chat);
    switch (notice.type) {
      case "state":
        this.#doubt(() => this.#isBehind(notice.newestId));
        break;
      case "updated":
        this.#doubt(() => this.#isBehind(notice.messageId));
        break;
      case "created":
        this.#doubt(() => messages.find(notice.messageId) === undefined);
        break;
      case "finished":
        this.#ended();
        this.#doubt(() => isInProgress(messages.find(notice.messageId)?.status ?? ""));
        break;
      case "deleted":
        this.#ended();
        this.#doubt(() => messages.find(notice.messageId) !== undefined);
        break;
      case "chatDeleted":
        this.close();
        lists.hide(chatId);
        this.#refetch(keys.chat(chatId));
        onDeleted(new ChatHookError("NOT_FOUND", "This chat was deleted.", false));
        break;
      case "chat":
    }
  }

  #ended(): void {
    const { chatId, lists, keys } = this.#options;
    lists.patch(chatId, { activeMessageId: null });
    this.#refetch(keys.stats(chatId));
  }

  /** The chat moves to the top of the lists where it is now the newest. */
  #update(chat: ChatSummary): void {
    const { lists } = this.#options;
    lists.patch(chat.id, chat);
    lists.change((data) => {
      const listed = findItem(data, chat.id);
      const first = data.pages[0]?.items[0];
      if (!listed || !first || first === listed || first.updatedAt > chat.updatedAt) return data;
      return withFirst(removeItems(data, [chat.id]), listed);
    });
  }

  #refetch(queryKey: readonly unknown[]): void {
    void this.#options.queryClient.invalidateQueries({ queryKey });
  }

  /** True unless the newest message is that one, and has ended. */
  #isBehind(newestId: string | null): boolean {
    const newest = this.#options.messages.newest();
    return (newest?.id ?? null) !== newestId || isInProgress(newest?.status ?? "");
  }

  #doubt(isBehind: () => boolean): void {
    if (!this.#mustWait() && !isBehind()) return;
    this.#doubts.push(isBehind);
    this.settle();
  }

  #decide(): void {
    this.#cancelFrame = null;
    if (this.#mustWait()) return;
    const isBehind = this.#doubts.some((doubt) => doubt());
    this.#doubts = [];
    if (isBehind) void this.#options.messages.refetch();
  }

  /** True while news are under way; `settle` is called when they are here. */
  #mustWait(): boolean {
    return this.#options.isBusy() || this.#options.messages.isFetching;
  }
}
