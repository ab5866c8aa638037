import type { ChatMessage } from "../../chat/chat-message.ts";
import type { PagedData } from "./paged-data.ts";
import { findItem, mapPages, removeItems, replaceItem } from "./paged-data.ts";

/** Pages of messages: the first page is the newest, and within a page the oldest message is first. */
export type MessageData = PagedData<ChatMessage>;

/** All messages, oldest first. */
export function flattenMessages(data: MessageData): readonly ChatMessage[] {
  return data.pages.toReversed().flatMap((page) => page.items);
}

/**
 * Puts the message at the end, or in the place of the one with its id. Another version of it is not on the page
 * any more then, nor what followed that one.
 */
export function putMessage(data: MessageData, message: ChatMessage): MessageData {
  if (findItem(data, message.id)) return replaceItem(data, message);
  const shown = flattenMessages(data);
  const index = shown.findIndex(({ id }) => message.siblingIds.includes(id));
  const replaced = index < 0 ? [] : shown.slice(index).map(({ id }) => id);
  return mapPages(removeItems(data, replaced), (items, page) =>
    page === 0 ? [...items, message] : items,
  );
}
