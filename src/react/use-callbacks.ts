import { useEffect, useRef } from "react";
import type { ChatMessage, DataPart, WithObject } from "../chat/chat-message.ts";
import { isInProgress } from "../chat/chat-message.ts";
import type { ChatHookError } from "./connection/chat-hook-error.ts";
import type { Metadata } from "../chat/chat-summary.ts";
import type { ChatToolCall } from "../chat/tool-call.ts";
import type { OnToolCall } from "./page-tools.ts";

/** What `useChat` tells the app. */
export interface ChatCallbacks<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> {
  /**
   * Called when an answer has ended while the hook showed it, however it ended: its `status` tells. Not called for
   * answers that had ended before.
   */
  readonly onFinish?: ((finished: { readonly message: Message }) => void) | undefined;
  /** Called with each new `error` that the hook returns. */
  readonly onError?: ((error: ChatHookError) => void) | undefined;
  /**
   * Called with each part with data that is written or replaced while the hook shows the chat. Not called for those
   * that were there when the hook first showed it.
   */
  readonly onData?:
    | ((written: {
        /** The part as it is now. Its `name` tells the type of its `data`. */
        readonly part: Data;
        /** The answer that it is a part of. */
        readonly messageId: string;
      }) => void)
    | undefined;
  /**
   * Runs a tool without `execute`, in one of the tabs of a browser that show the chat; if that tab is closed or reloaded first, in
   * another one. What it returns is sent as the output; if it returns nothing, call `respondToTool` when there is an
   * output. When it throws, the model is told that the tool was not run, and the hook has the `error` `TOOL_FAILED`.
   */
  readonly onToolCall?: OnToolCall<Call>;
}

/** Calls the app's functions, once for each answer that ends on the page and once for each error. */
export function useCallbacks(
  { onFinish, onError }: ChatCallbacks,
  messages: readonly ChatMessage[],
  error: ChatHookError | null,
): void {
  /** The answer in progress when the messages last changed. */
  const active = useRef<ChatMessage>(undefined);
  const told = useRef<ChatHookError>(null);
  useEffect(() => {
    const newest = messages.at(-1);
    const ended = messages.findLast(({ id }) => id === active.current?.id);
    active.current = isInProgress(newest?.status) ? newest : undefined;
    if (ended && !isInProgress(ended.status)) onFinish?.({ message: ended });
    // oxlint-disable-next-line react/exhaustive-deps -- a new function has nothing new to hear
  }, [messages]);
  useEffect(() => {
    // Effects run again when a page that was hidden is shown.
    if (error && error !== told.current) onError?.((told.current = error));
    // oxlint-disable-next-line react/exhaustive-deps -- the same
  }, [error]);
}
