import type { Query } from "@tanstack/react-query";
import { matchQuery } from "@tanstack/react-query";
import { applyEvent } from "../../chat/apply-event.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { isInProgress } from "../../chat/chat-message.ts";
import type { MessageData } from "./message-pages.ts";
import { putMessage } from "./message-pages.ts";
import type { CacheOwner } from "./paged-data.ts";
import { findItem, mapPages, removeItems, snapshotQueries, updateEntries } from "./paged-data.ts";

/** A change that a response to an earlier request does not contain yet. */
interface LocalChange {
  /** Null when the message was removed. */
  readonly message: ChatMessage | null;
  /** Responses to requests after this time contain the change; `Infinity` until the server has confirmed it. */
  readonly time: number;
}

export type MessageCache = ReturnType<typeof createMessageCache>;

/**
 * The cached messages of one chat, for all page sizes at once. Data that was requested before the latest change
 * (a refetch, an older page, hydrated state) neither shortens a text nor restores a removed message.
 *
 * @param queryKey the query key of the chat's messages, without a limit
 */
export function createMessageCache(owner: CacheOwner, queryKey: readonly unknown[]) {
  const filter = { queryKey };
  const localChanges = new Map<string, LocalChange>();
  /** The time at which the latest fetch of an entry started. */
  const fetchTimes = new Map<Query, number>();
  /** The data that was reconciled last. What a server has rendered may be older, whatever its clock says. */
  let reconciled: MessageData | undefined;
  /** A logical clock: the number of local changes so far. */
  let time = 0;

  function change(id: string, message: ChatMessage | null, at = ++time): void {
    localChanges.set(id, { message, time: at });
    updateEntries<MessageData>(owner, filter, (data) => withMessage(data, id, message));
  }

  /**
   * Applies the local changes that data requested at `requestedAt` lacks. Without that time, a message also stays as it
   * is if it is more recent.
   */
  function reconcile({ queryKey: entry }: Query, requestedAt = -1): void {
    updateEntries<MessageData>(owner, { queryKey: entry, exact: true }, (data) => {
      const before = requestedAt < 0 ? reconciled : undefined;
      if (before) {
        data = mapPages(data, (items) =>
          items.map((item) => latest(findItem(before, item.id) ?? item, item)),
        );
      }
      for (const [id, local] of localChanges) {
        const { message } = local;
        const found = findItem(data, id);
        const isSettled = !message || !isInProgress(found?.status);
        if (local.time <= requestedAt && isSettled) localChanges.delete(id);
        else data = withMessage(data, id, message && latest(message, found));
      }
      return (reconciled = data);
    });
  }

  const entries = (): MessageData[] =>
    owner.queryClient.getQueriesData<MessageData>(filter).flatMap(([, data]) => data ?? []);

  function find(id: string): ChatMessage | undefined {
    return entries().flatMap((data) => findItem(data, id) ?? [])[0];
  }

  /** Adds a message, or replaces the one with its id unless that one is more recent. */
  function put(message: ChatMessage): void {
    change(message.id, latest(find(message.id) ?? message, message));
  }

  return {
    find,
    put,

    newest(): ChatMessage | undefined {
      // The newest page is empty when all its messages were removed.
      return entries()[0]?.pages.flatMap(({ items }) => items.at(-1) ?? [])[0];
    },

    /** Like `put`, but does not restore a message that was removed. */
    update(message: ChatMessage): void {
      if (find(message.id)) put(message);
    },

    /** Like `put`, but replaces even a more recent message. */
    replace: (message: ChatMessage): void => change(message.id, message),

    /** Adds a message that the server does not know yet. Returns a function that rolls the change back. */
    add(message: ChatMessage): () => void {
      if (find(message.id)) return () => {};
      const rollBack = snapshotQueries(owner, filter);
      change(message.id, message, Infinity);
      return () => {
        rollBack();
        change(message.id, null);
      };
    },

    /** How many requests for messages are in progress. */
    isFetching: () => owner.queryClient.isFetching(filter),

    refetch: (): Promise<void> => owner.queryClient.invalidateQueries(filter),

    /**
     * Calls `onChange` after each change of the chat's messages, and reconciles data that arrives late. Calls `onRemoved`
     * when an entry was removed, which React Query tells nobody who shows it.
     */
    subscribe(onChange: () => void, onRemoved: () => void): () => void {
      const queries = owner.queryClient.getQueryCache();
      for (const query of queries.findAll(filter)) reconcile(query);
      const unsubscribe = queries.subscribe((event) => {
        const { query, type } = event;
        if (!matchQuery(filter, query)) return;
        if (type === "added") reconcile(query);
        else if (type === "removed") onRemoved();
        else if (type !== "updated") return;
        else if (event.action.type === "fetch") fetchTimes.set(query, time);
        else if (event.action.type === "setState") reconcile(query);
        else if (event.action.type === "success" && !event.action.manual) {
          reconcile(query, fetchTimes.get(query));
        }
        onChange();
      });
      return () => {
        unsubscribe();
        // What is fetched before the next subscription will contain all changes.
        localChanges.clear();
      };
    },
  };
}

/** Returns the more recent state of a message; `next` when both are equally recent. */
function latest(message: ChatMessage, next: ChatMessage | undefined): ChatMessage {
  return next ? applyEvent(message, { type: "snapshot", message: next }) : message;
}

function withMessage(data: MessageData, id: string, message: ChatMessage | null): MessageData {
  return message ? putMessage(data, message) : removeItems(data, [id]);
}
