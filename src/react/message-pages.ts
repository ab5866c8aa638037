import type { ChatMessage } from "../chat/chat-message.ts";
import type { PagedData } from "./paged-data.ts";
import { findItem, replaceItem } from "./paged-data.ts";

/** Pages of messages: the first page is the newest, and within a page the oldest message is first. */
export type MessageData = PagedData<ChatMessage>;

export function newestMessage(data: MessageData): ChatMessage | undefined {
  return data.pages[0]?.items.at(-1);
}

/** All messages, oldest first. */
export function flattenMessages(data: MessageData): readonly ChatMessage[] {
  return data.pages.toReversed().flatMap((page) => page.items);
}

/** Puts the message in the place of the one with its id, or at the end. */
export function putMessage(data: MessageData, message: ChatMessage): MessageData {
  if (findItem(data, message.id) !== undefined) return replaceItem(data, message);
  const [first, ...older] = data.pages;
  if (first === undefined) return data;
  return { ...data, pages: [{ ...first, items: [...first.items, message] }, ...older] };
}

/** The data without the message and all that follows it; the same data when it is not there. */
export function cutFrom(data: MessageData, id: string): MessageData {
  for (const [number, page] of data.pages.entries()) {
    const index = page.items.findLastIndex((one) => one.id === id);
    if (index < 0) continue;
    return {
      pages: [{ ...page, items: page.items.slice(0, index) }, ...data.pages.slice(number + 1)],
      // The page that is now the first must be fetched as the first.
      pageParams: [data.pageParams[0] ?? null, ...data.pageParams.slice(number + 1)],
    };
  }
  return data;
}

/** The ids that `cutFrom` takes away. */
export function idsFrom(data: MessageData, id: string): readonly string[] {
  const messages = flattenMessages(data);
  const index = messages.findLastIndex((message) => message.id === id);
  return index < 0 ? [] : messages.slice(index).map((message) => message.id);
}
