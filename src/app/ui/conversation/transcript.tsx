"use client";

import { ArrowDown, LoaderCircle } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import type { ReactNode } from "react";
import { memo, useEffect, useLayoutEffect, useRef } from "react";
import type { StickToBottomInstance } from "use-stick-to-bottom";
import { useStickToBottom } from "use-stick-to-bottom";
import { useWhenVisible } from "../controls/use-when-visible.ts";
import { MessageRow } from "../message/message-row.tsx";

interface TranscriptProps {
  readonly messages: readonly ChatMessage[];
  readonly hasOlder: boolean;
  readonly onLoadOlder: () => unknown;
  readonly onRegenerate: (messageId: string) => void;
  /** The message that is being edited. */
  readonly editing: { readonly id: string; readonly text: string } | null;
  /** True after the user sent something. The transcript then scrolls to the new question. */
  readonly shouldScrollToEnd: { current: boolean };
  /** Shown below the newest message. */
  readonly children?: ReactNode;
}

/** The messages, oldest first. It follows the end while the user is there, and otherwise never moves. */
export const Transcript = memo(function Transcript(props: TranscriptProps) {
  const { messages, hasOlder, onLoadOlder, onRegenerate, editing, shouldScrollToEnd, children } =
    props;
  const stick = useStickToBottom({ initial: "instant", resize: "instant" });
  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = stick;
  const newest = messages.at(-1);
  const newestQuestion = messages.findLast((message) => message.role === "user")?.id;

  useLayoutEffect(() => {
    const scroller = scrollRef.current;
    if (scroller !== null) scroller.scrollTop = scroller.scrollHeight;
  }, [scrollRef]);
  useEffect(() => {
    if (!shouldScrollToEnd.current) return;
    shouldScrollToEnd.current = false;
    void scrollToBottom("instant");
  }, [newestQuestion, scrollToBottom, shouldScrollToEnd]);
  useStablePosition(scrollRef, messages[0]?.id);
  useStickyEnd(stick);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scrollRef}
        data-transcript
        role="log"
        aria-live="off"
        aria-label="Conversation"
        tabIndex={0}
        className="h-full overflow-y-auto [overflow-anchor:none]"
      >
        <div ref={contentRef} className="mx-auto flex max-w-184 flex-col gap-7 px-4 py-6 md:px-6">
          {hasOlder && <OlderMessages key={messages[0]?.id} onVisible={onLoadOlder} />}
          {messages.map((message) => (
            <MessageRow
              key={message.id}
              message={message}
              isNewest={message === newest}
              onRegenerate={onRegenerate}
              editText={editing?.id === message.id ? editing.text : null}
            />
          ))}
          {children}
        </div>
      </div>
      {!isAtBottom && (
        <button
          type="button"
          className="jump"
          aria-label="Jump to latest"
          title="Jump to latest"
          onClick={() => void scrollToBottom("smooth")}
        >
          <ArrowDown aria-hidden className="size-4.5" />
        </button>
      )}
    </div>
  );
});

/** Keeps the visible messages in place when older ones appear above them. */
function useStablePosition(
  scrollRef: { readonly current: HTMLElement | null },
  oldestId: string | undefined,
): void {
  const before = useRef<{ readonly row: Element; readonly top: number } | null>(null);
  useLayoutEffect(() => {
    const scroller = scrollRef.current;
    if (scroller === null) return;
    const { row, top } = before.current ?? {};
    if (row instanceof HTMLElement && top !== undefined && scroller.contains(row)) {
      scroller.scrollTop += row.offsetTop - top;
    }
    const first = scroller.querySelector("[data-message-id]");
    before.current = first instanceof HTMLElement ? { row: first, top: first.offsetTop } : null;
  }, [scrollRef, oldestId]);
}

/**
 * Keeps the end in view when the transcript's height changes, because the composer grows or a phone's
 * keyboard opens. When the transcript gets taller, the browser scrolls it, which use-stick-to-bottom
 * would mistake for the user scrolling up. When its content resizes, the library avoids that by setting
 * `resizeDifference` until the scroll event has fired; this does the same for the transcript itself.
 */
function useStickyEnd({ scrollRef, isAtBottom, state }: StickToBottomInstance): void {
  const isAtEnd = useRef(isAtBottom);
  useEffect(() => {
    isAtEnd.current = isAtBottom;
  }, [isAtBottom]);
  useEffect(() => {
    const scroller = scrollRef.current;
    if (scroller === null) return undefined;
    let height = scroller.clientHeight;
    const observer = new ResizeObserver(() => {
      const difference = height - scroller.clientHeight;
      height = scroller.clientHeight;
      if (!isAtEnd.current || difference === 0) return;
      state.resizeDifference = difference;
      state.scrollTop = scroller.scrollHeight;
      requestAnimationFrame(() => {
        setTimeout(() => {
          if (state.resizeDifference === difference) state.resizeDifference = 0;
        }, 1);
      });
    });
    observer.observe(scroller);
    return () => observer.disconnect();
  }, [scrollRef, state]);
}

/** Loads older messages when the user scrolls near the top. */
function OlderMessages({ onVisible }: { readonly onVisible: () => unknown }) {
  const place = useWhenVisible(onVisible, "400px 0px 0px", "[data-transcript]");
  return (
    <div ref={place} className="flex h-8 items-center justify-center text-muted-foreground">
      <LoaderCircle aria-hidden className="size-4 animate-spin" />
    </div>
  );
}
