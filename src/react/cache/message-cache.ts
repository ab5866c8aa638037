import type { Query, QueryClient } from "@tanstack/react-query";
import { matchQuery } from "@tanstack/react-query";
import { applyEvent } from "../../chat/apply-event.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { isInProgress } from "../../chat/chat-message.ts";
import type { MessageData } from "./message-pages.ts";
import { putMessage } from "./message-pages.ts";
import { findItem, removeItems, updater } from "./paged-data.ts";

/** What this tab knows about a message that an answer to an older question can't know. */
interface Known {
  /** Null for a message that is gone. */
  readonly message: ChatMessage | null;
  /** Requests that began later know better. Infinite until the server has confirmed it. */
  readonly since: number;
}

export type MessageCache = ReturnType<typeof createMessageCache>;

/**
 * The messages of one chat in the React Query cache, under every `limit` at once. Data that was
 * asked for before the newest change (a refetch, an older page, a hydrated server state) neither
 * takes text away nor brings a removed message back.
 *
 * @param queryKey the key of the chat's messages without a limit
 */
export function createMessageCache(queryClient: QueryClient, queryKey: readonly unknown[]) {
  const filter = { queryKey };
  const queries = queryClient.getQueryCache();
  const known = new Map<string, Known>();
  /** What the clock said when the last fetch of an entry began. */
  const fetchStarts = new Map<Query, number>();
  let clock = 0;

  function know(id: string, message: ChatMessage | null, since = ++clock): void {
    known.set(id, { message, since });
    queryClient.setQueriesData<MessageData>(
      filter,
      updater((data) => withMessage(data, id, message)),
    );
  }

  /** Mends data that was asked for when the clock said `started`. */
  function mend(query: Query, started = -1): void {
    const settle = (data: MessageData): MessageData => {
      for (const [id, { message, since }] of known) {
        const found = findItem(data, id);
        const isSettled = !message || !isInProgress(found?.status);
        if (since <= started && isSettled) known.delete(id);
        else data = withMessage(data, id, message && newer(message, found));
      }
      return data;
    };
    queryClient.setQueryData<MessageData>(query.queryKey, updater(settle));
  }

  const entries = (): MessageData[] =>
    queryClient.getQueriesData<MessageData>(filter).flatMap(([, data]) => data ?? []);

  function find(id: string): ChatMessage | undefined {
    for (const data of entries()) {
      const message = findItem(data, id);
      if (message) return message;
    }
    return undefined;
  }

  /** Adds the message, or puts it in the place of the one with its id unless that one is ahead. */
  function put(message: ChatMessage): void {
    const found = find(message.id);
    know(message.id, found ? newer(found, message) : message);
  }

  return {
    find,
    put,

    newest(): ChatMessage | undefined {
      // The newest page is empty when what it had was removed.
      return entries()[0]
        ?.pages.find(({ items }) => items.length > 0)
        ?.items.at(-1);
    },

    /** Like `put`, but a message that is gone stays gone. */
    update(message: ChatMessage): void {
      if (find(message.id)) put(message);
    },

    /** Like `put`, whatever is ahead. */
    replace: (message: ChatMessage): void => know(message.id, message),

    /** Adds a message that the server does not have yet. Returns what puts everything back. */
    putUnconfirmed(message: ChatMessage): () => void {
      if (find(message.id)) return () => {};
      const before = queryClient.getQueriesData<MessageData>(filter);
      know(message.id, message, Infinity);
      return () => {
        for (const [key, data] of before) queryClient.setQueryData(key, data);
        know(message.id, null);
      };
    },

    isFetching: () => queryClient.isFetching(filter) > 0,

    async refetch(): Promise<void> {
      await queryClient.invalidateQueries(filter);
    },

    /** Calls back after each change of the chat's messages, and mends data that came too late. */
    watch(onChange: () => void): () => void {
      for (const query of queries.findAll(filter)) mend(query);
      const leave = queries.subscribe((event) => {
        const { query, type } = event;
        if (!matchQuery(filter, query) || (type !== "added" && type !== "updated")) return;
        const action = type === "updated" ? event.action : { type };
        if (action.type === "fetch") fetchStarts.set(query, clock);
        else if (action.type === "added" || action.type === "setState") mend(query);
        else if (action.type === "success" && !action.manual) mend(query, fetchStarts.get(query));
        onChange();
      });
      return () => {
        leave();
        // Whatever is loaded until the next visit is newer.
        known.clear();
      };
    },
  };
}

/** The one of two states of a message that knows more; `next` when they know the same. */
function newer(message: ChatMessage, next: ChatMessage | undefined): ChatMessage {
  return next ? applyEvent(message, { type: "snapshot", message: next }) : message;
}

function withMessage(data: MessageData, id: string, message: ChatMessage | null): MessageData {
  return message ? putMessage(data, message) : removeItems(data, [id]);
}
