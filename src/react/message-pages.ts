import type { ChatMessage } from "../chat/chat-message.ts";
import type { PagedData } from "./paged-data.ts";
import { findItem, replaceItem } from "./paged-data.ts";

/** Pages of messages: the first page is the newest, and within a page the oldest message is first. */
export type MessageData = PagedData<ChatMessage>;

export function newestMessage(data: MessageData): ChatMessage | undefined {
  // The newest page is empty when what it had was removed.
  return data.pages.find((page) => page.items.length > 0)?.items.at(-1);
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

/** The message and all that follow it; none when it is not there. */
export function messagesFrom(data: MessageData, id: string): readonly ChatMessage[] {
  const messages = flattenMessages(data);
  const index = messages.findLastIndex((message) => message.id === id);
  return index < 0 ? [] : messages.slice(index);
}
