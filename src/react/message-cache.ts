import type { Query, QueryCacheNotifyEvent, QueryClient } from "@tanstack/react-query";
import { matchQuery } from "@tanstack/react-query";
import { applyEvent } from "../chat/apply-event.ts";
import type { ChatMessage } from "../chat/chat-message.ts";
import { isInProgress } from "../chat/chat-message.ts";
import type { MessageData } from "./message-pages.ts";
import { messagesFrom, newestMessage, putMessage } from "./message-pages.ts";
import { findItem, isPagedData, onlyPage, removeItems, replaceItem } from "./paged-data.ts";

/** What this tab knows about a message that an answer to an older question can't know. */
interface Known {
  /** Null for a message that is gone. */
  readonly message: ChatMessage | null;
  /** Requests that began later know better. Infinite until the server has confirmed it. */
  readonly since: number;
  readonly at: number;
}

/** Longer than any request takes, in milliseconds. */
const forgetAfter = 60_000;

/**
 * The messages of one chat in the React Query cache, under every `limit` at once. Data that was
 * asked for before the newest change (a refetch, an older page, a hydrated server state) neither
 * takes text away nor brings a removed message back.
 */
export class MessageCache {
  readonly #queryClient: QueryClient;
  readonly #filter: { readonly queryKey: readonly unknown[] };
  readonly #known = new Map<string, Known>();
  readonly #fetchStarts = new Map<string, number>();
  #clock = 0;

  /** @param queryKey the key of the chat's messages without a limit */
  constructor(queryClient: QueryClient, queryKey: readonly unknown[]) {
    this.#queryClient = queryClient;
    this.#filter = { queryKey };
  }

  /** Calls back after each change of the chat's messages, and mends data that came too late. */
  watch(onChange: () => void): () => void {
    for (const query of this.#queries()) this.#reconcile(query, -1);
    return this.#queryClient.getQueryCache().subscribe((event) => {
      if (event.type !== "added" && event.type !== "updated") return;
      if (!matchQuery(this.#filter, event.query)) return;
      this.#follow(event);
      onChange();
    });
  }

  get isFetching(): boolean {
    return this.#queryClient.isFetching(this.#filter) > 0;
  }

  newest(): ChatMessage | undefined {
    const [data] = this.#data();
    return data && newestMessage(data);
  }

  find(id: string): ChatMessage | undefined {
    for (const data of this.#data()) {
      const message = findItem(data, id);
      if (message !== undefined) return message;
    }
    return undefined;
  }

  /** Starts the entry of a chat that is known to be empty. */
  seedEmpty(queryKey: readonly unknown[]): void {
    this.#queryClient.setQueryData<MessageData>(
      queryKey,
      (data) => data ?? onlyPage({ items: [], nextCursor: null }),
    );
  }

  /** Adds the message, or puts it in the place of the one with its id unless that one is ahead. */
  put(message: ChatMessage): void {
    const newest = this.#newer(message);
    const since = ++this.#clock;
    // What was removed on trust is gone now: until another branch brings it back.
    for (const [id, known] of this.#known) if (known.message === null) this.#know(id, null, since);
    this.#know(newest.id, newest, since);
    this.#change((data) => putMessage(data, newest));
  }

  /** Like `put`, but a message that is gone stays gone. */
  update(message: ChatMessage): void {
    this.replace(this.#newer(message));
  }

  /** Like `update`, whatever is ahead. */
  replace(message: ChatMessage): void {
    this.#know(message.id, message, ++this.#clock);
    this.#change((data) => replaceItem(data, message));
  }

  /**
   * Adds a message that the server does not have yet, in the place of `replaced` and all that follows
   * it. Returns what takes it back.
   */
  putUnconfirmed(message: ChatMessage, replaced?: string): () => void {
    if (this.find(message.id) !== undefined) return () => {};
    const removed = replaced === undefined ? [] : this.#cut(replaced, 0, Number.POSITIVE_INFINITY);
    this.#know(message.id, message, Number.POSITIVE_INFINITY);
    this.#change((data) => putMessage(data, message));
    return () => {
      for (const { id } of removed) this.#known.delete(id);
      this.#know(message.id, null, ++this.#clock);
      this.#change((data) => removed.reduce(putMessage, removeItems(data, [message.id])));
    };
  }

  /** Removes an answer, or the answer to a question, and all that follows it. */
  cutAnswer(messageId: string): void {
    const isQuestion = this.find(messageId)?.role === "user";
    this.#cut(messageId, isQuestion ? 1 : 0, ++this.#clock);
  }

  async refetch(): Promise<void> {
    await this.#queryClient.invalidateQueries(this.#filter);
  }

  /** Removes what follows the message, and the message itself unless it is to be skipped. */
  #cut(id: string, skipped: number, since: number): readonly ChatMessage[] {
    const all = this.#data().map((data) => messagesFrom(data, id).slice(skipped));
    const removed = all.find((some) => some.length > 0) ?? [];
    const ids = removed.map((one) => one.id);
    this.#change((data) => removeItems(data, ids));
    for (const one of ids) this.#know(one, null, since);
    return removed;
  }

  #newer(message: ChatMessage): ChatMessage {
    const found = this.find(message.id);
    if (found === undefined) return message;
    const newest = applyEvent(found, { type: "snapshot", message });
    // A stream does not know of other versions; a page does.
    const { siblings, siblingIds } = found;
    return siblingIds.length > newest.siblingIds.length
      ? { ...newest, siblings, siblingIds }
      : newest;
  }

  #know(id: string, message: ChatMessage | null, since: number): void {
    this.#known.set(id, { message, since, at: Date.now() });
  }

  #queries(): Query[] {
    return this.#queryClient.getQueryCache().findAll(this.#filter);
  }

  #data(): MessageData[] {
    return this.#queries().flatMap((query) => messageData(query) ?? []);
  }

  #change(change: (data: MessageData) => MessageData): void {
    for (const query of this.#queries()) this.#changeOne(query, change);
  }

  #changeOne(query: Query, change: (data: MessageData) => MessageData): void {
    const data = messageData(query);
    if (data === null) return;
    const next = change(data);
    if (next !== data) this.#queryClient.setQueryData(query.queryKey, next);
  }

  #follow(event: QueryCacheNotifyEvent): void {
    const { query } = event;
    if (event.type === "added") {
      this.#reconcile(query, -1);
      return;
    }
    if (event.type !== "updated") return;
    const { action } = event;
    if (action.type === "fetch") this.#fetchStarts.set(query.queryHash, this.#clock);
    else if (action.type === "setState") this.#reconcile(query, -1);
    else if (action.type === "success" && action.manual !== true) {
      this.#reconcile(query, this.#fetchStarts.get(query.queryHash) ?? -1);
    }
  }

  #reconcile(query: Query, started: number): void {
    this.#changeOne(query, (data) => {
      let next = data;
      for (const [id, known] of this.#known) next = this.#settle(next, id, known, started);
      return next;
    });
  }

  #settle(data: MessageData, id: string, known: Known, started: number): MessageData {
    const knowsBetter = known.since <= started;
    const found = findItem(data, id);
    const { message } = known;
    const isOld = known.since !== Number.POSITIVE_INFINITY && Date.now() - known.at > forgetAfter;
    const isSettled = message === null || found === undefined || !isInProgress(found.status);
    if (isOld || (knowsBetter && isSettled)) {
      this.#known.delete(id);
      return data;
    }
    if (message === null) return removeItems(data, [id]);
    if (found === undefined) return putMessage(data, message);
    return replaceItem(data, applyEvent(message, { type: "snapshot", message: found }));
  }
}

function messageData(query: Query): MessageData | null {
  const { data } = query.state;
  return isPagedData<ChatMessage>(data) ? data : null;
}
