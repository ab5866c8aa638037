"use client";

import { ArrowDown, LoaderCircle } from "lucide-react";
import type { ChatMessage } from "node-llm-trpc/react";
import type { ReactNode } from "react";
import { memo, useEffect, useLayoutEffect, useRef } from "react";
import type { StickToBottomInstance } from "use-stick-to-bottom";
import { useStickToBottom } from "use-stick-to-bottom";
import { MessageRow } from "../message/message-row.tsx";

interface TranscriptProps {
  readonly messages: readonly ChatMessage[];
  readonly hasOlder: boolean;
  readonly onLoadOlder: () => unknown;
  readonly onRegenerate: (messageId: string) => void;
  /** The message that is being edited. */
  readonly editing: { readonly id: string; readonly text: string } | null;
  /** True when something was sent from here: its question, once it is there, is scrolled to. */
  readonly isEndWanted: { current: boolean };
  /** Stands below the newest message. */
  readonly children?: ReactNode;
}

/** The messages, oldest first. It stays at the end while the reader is there, and never moves otherwise. */
export const Transcript = memo(function Transcript(props: TranscriptProps) {
  const { messages, hasOlder, onLoadOlder, onRegenerate, editing, isEndWanted, children } = props;
  const stick = useStickToBottom({ initial: "instant", resize: "instant" });
  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = stick;
  const newest = messages.at(-1);
  const newestQuestion = messages.findLast((message) => message.role === "user")?.id;

  useLayoutEffect(() => {
    const scroller = scrollRef.current;
    if (scroller !== null) scroller.scrollTop = scroller.scrollHeight;
  }, [scrollRef]);
  useEffect(() => {
    if (!isEndWanted.current) return;
    isEndWanted.current = false;
    void scrollToBottom("instant");
  }, [newestQuestion, scrollToBottom, isEndWanted]);
  useHeldPosition(scrollRef, messages[0]?.id);
  useEndInSight(stick);

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

/** Keeps what the reader sees where it is when older messages appear above it. */
function useHeldPosition(
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
 * Keeps the end in sight when the room changes: the composer grows or shrinks, a phone's keyboard opens.
 * In a room that has grown the browser scrolls up; the library would take that for the reader's wish to
 * stay there, as it does not for its content, for which it notes the difference while the event is on its way.
 */
function useEndInSight({ scrollRef, isAtBottom, state }: StickToBottomInstance): void {
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

/** Asks for older messages when the reader comes near them. */
function OlderMessages({ onVisible }: { readonly onVisible: () => unknown }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void onVisible();
      },
      { root: element.closest("[data-transcript]"), rootMargin: "400px 0px 0px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [onVisible]);
  return (
    <div ref={place} className="flex h-8 items-center justify-center text-soft">
      <LoaderCircle aria-hidden className="size-4 animate-spin" />
    </div>
  );
}
