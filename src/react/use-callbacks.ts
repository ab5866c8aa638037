import { useEffect, useRef } from "react";
import type { ChatMessage } from "../chat/chat-message.ts";
import { isInProgress } from "../chat/chat-message.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import type { ChatToolCall } from "../chat/tool-call.ts";

/** What `useChat` tells the app. */
export interface ChatCallbacks<Call extends ChatToolCall = ChatToolCall> {
  /**
   * Called when an answer has ended while the hook showed it, however it ended: its `status` tells. Not called for
   * answers that had ended before.
   */
  readonly onFinish?: ((finished: { readonly message: ChatMessage<Call> }) => void) | undefined;
  /** Called with each new `error` that the hook returns. */
  readonly onError?: ((error: ChatHookError) => void) | undefined;
}

/** Calls the app's functions, once for each answer that ends on the page and once for each error. */
export function useCallbacks(
  { onFinish, onError }: ChatCallbacks,
  messages: readonly ChatMessage[],
  error: ChatHookError | null,
): void {
  /** The answer in progress when the messages last changed. */
  const active = useRef<ChatMessage>(undefined);
  useEffect(() => {
    const newest = messages.at(-1);
    const ended = messages.findLast(({ id }) => id === active.current?.id);
    active.current = isInProgress(newest?.status) ? newest : undefined;
    if (ended && !isInProgress(ended.status)) onFinish?.({ message: ended });
    // oxlint-disable-next-line react/exhaustive-deps -- a new function has nothing new to hear
  }, [messages]);
  useEffect(() => {
    if (error) onError?.(error);
    // oxlint-disable-next-line react/exhaustive-deps -- the same
  }, [error]);
}
