"use client";

import { ArrowDown, LoaderCircle } from "lucide-react";
import { Fragment, memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { StickToBottomInstance } from "use-stick-to-bottom";
import { useStickToBottom } from "use-stick-to-bottom";
import type { AppMessage } from "../app/app-types.ts";
import { MissingAnswer } from "../message/answer-ending.tsx";
import { MessageRow } from "../message/message-row.tsx";
import { TypingIndicator } from "../message/typing-indicator.tsx";
import type { Failure, Failures } from "./use-failures.ts";

export interface TranscriptProps {
  readonly messages: readonly AppMessage[];
  readonly hasOlder: boolean;
  readonly onLoadOlder: () => unknown;
  readonly onRegenerate: (messageId: string) => void;
  /** The message that is being edited. */
  readonly editing: { readonly id: string; readonly text: string } | null;
  /** True after the user sent something. The transcript then scrolls to the new question. */
  readonly shouldScrollToEnd: { current: boolean };
  /** Why earlier questions have no answer. */
  readonly failures: Failures;
  /** The newest question, if it has no answer and none is on its way. */
  readonly unanswered: string | null;
  /** Why the newest question has no answer; null if that is no longer known. */
  readonly error: Failure | null;
  /** True from sending until the answer exists. */
  readonly isWaiting: boolean;
}

/** The messages, oldest first. It follows the end while the user is there, and otherwise never moves. */
export const Transcript = memo(function Transcript(props: TranscriptProps) {
  const { messages, hasOlder, onLoadOlder, onRegenerate, editing, shouldScrollToEnd } = props;
  const stick = useStickToBottom({ initial: "instant", resize: "instant" });
  const { scrollRef, contentRef, isAtBottom, scrollToBottom } = stick;
  const newest = messages.at(-1);
  const isNew = useNewMessages(messages);
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
        <div ref={contentRef} className="mx-auto flex max-w-184 flex-col gap-8 px-4 py-6 md:px-6">
          {hasOlder && <OlderMessages key={messages[0]?.id} onNearTop={onLoadOlder} />}
          {messages.map((message, index) => (
            <Fragment key={message.id}>
              <MessageRow
                message={message}
                isNewest={message === newest}
                isNew={isNew(message.id)}
                onRegenerate={onRegenerate}
                editText={editing?.id === message.id ? editing.text : null}
              />
              {message.role === "user" && messages[index + 1]?.role === "user" && (
                <MissingAnswer
                  messageId={message.id}
                  error={props.failures[message.id] ?? null}
                  onRetry={null}
                />
              )}
            </Fragment>
          ))}
          {props.isWaiting && <TypingIndicator />}
          {props.unanswered !== null && (
            <MissingAnswer
              messageId={props.unanswered}
              error={props.error ?? props.failures[props.unanswered] ?? null}
              onRetry={onRegenerate}
            />
          )}
        </div>
      </div>
      {!isAtBottom && (
        <button
          type="button"
          className="absolute bottom-4 left-1/2 z-10 grid size-9 -translate-x-1/2 place-items-center rounded-full border border-input bg-card shadow-md transition-opacity hover:bg-accent starting:opacity-0 pointer-coarse:size-11"
          aria-label="Jump to latest"
          title="Jump to latest"
          onClick={() => {
            const { matches } = window.matchMedia("(prefers-reduced-motion: reduce)");
            void scrollToBottom(matches ? "instant" : "smooth");
          }}
        >
          <ArrowDown aria-hidden className="size-4.5" />
        </button>
      )}
    </div>
  );
});

/** Returns whether a message has appeared since the chat was opened, other than by loading older ones. */
function useNewMessages(messages: readonly AppMessage[]): (id: string) => boolean {
  const [known] = useState(() => new Set(messages.map(({ id }) => id)));
  const lastKnown = messages.findLastIndex(({ id }) => known.has(id));
  const added = new Set(messages.slice(lastKnown + 1).map(({ id }) => id));
  return (id) => added.has(id);
}

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

/** How near to the top older messages are loaded, in pixels. */
const nearTop = 400;

/** Loads older messages when the user scrolls near the top. After a failure, the next scroll tries again. */
function OlderMessages({ onNearTop }: { readonly onNearTop: () => unknown }) {
  const place = useRef<HTMLDivElement>(null);
  const load = useRef(onNearTop);
  const isLoading = useRef(false);
  useEffect(() => {
    load.current = onNearTop;
  });
  useEffect(() => {
    const scroller = place.current?.closest("[data-transcript]");
    if (!scroller) return undefined;
    const check = async (): Promise<void> => {
      if (isLoading.current || scroller.scrollTop >= nearTop) return;
      isLoading.current = true;
      try {
        await load.current();
      } finally {
        isLoading.current = false;
      }
    };
    // Not an IntersectionObserver: Chromium's may miss a scroll right after older messages were inserted.
    const onScroll = (): void => void check();
    onScroll();
    scroller.addEventListener("scroll", onScroll);
    return () => scroller.removeEventListener("scroll", onScroll);
  }, []);
  return (
    <div ref={place} className="flex h-8 items-center justify-center text-muted-foreground">
      <LoaderCircle aria-hidden className="size-4 animate-spin" />
    </div>
  );
}
