import type { TRPCClient } from "@trpc/client";

import type { ChatNotice } from "node-llm-trpc/server";
import type { AppRouter } from "../servers/create-app-router.ts";

/** A tab that watches a chat. */
export interface ChatWatch {
  readonly notices: readonly { readonly id: string; readonly notice: ChatNotice }[];
  /** "open", then "complete" or the error that the server refused it with. */
  readonly end: () => string;
  stop(): void;
}

export function watchChat(
  client: TRPCClient<AppRouter>,
  input: { chatId: string; lastEventId?: string },
): ChatWatch {
  const notices: { id: string; notice: ChatNotice }[] = [];
  let end = "open";
  const subscription = client.chat.watch.subscribe(input, {
    onData: ({ id, data }) => notices.push({ id, notice: data }),
    onComplete: () => (end = "complete"),
    onError: (error) => (end = String(error)),
  });
  return { notices, end: () => end, stop: () => subscription.unsubscribe() };
}
