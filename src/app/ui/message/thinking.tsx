"use client";

import { Brain } from "lucide-react";
import { useState } from "react";
import { Disclosure } from "../controls/disclosure.tsx";
import { useThinkingTime } from "./use-thinking-time.ts";

interface ThinkingProps {
  /** Identifies the thoughts, so that a page that is opened again still knows how long they took. */
  readonly id: string;
  readonly text: string;
  readonly isStreaming: boolean;
  /** When the answer began, if these are its first thoughts. */
  readonly startedAt: string | null;
}

/** What the model thought before it answered, and for how long. */
export function Thinking({ id, text, isStreaming, startedAt }: ThinkingProps) {
  const [isOpen, setIsOpen] = useState(false);
  const seconds = useThinkingTime(id, isStreaming, startedAt);
  return (
    <Disclosure
      isOpen={isOpen}
      onToggle={() => setIsOpen(!isOpen)}
      summary={
        <>
          <Brain aria-hidden className="size-4 shrink-0 text-muted-foreground" />
          <span
            data-thinking
            className={isStreaming ? "animate-pulse [animation-duration:1.5s]" : ""}
          >
            {labelOf(isStreaming, seconds)}
          </span>
        </>
      }
    >
      <div
        dir="auto"
        className="py-1 [unicode-bidi:plaintext] whitespace-pre-wrap text-muted-foreground [overflow-wrap:anywhere]"
      >
        {text}
      </div>
    </Disclosure>
  );
}

function labelOf(isStreaming: boolean, seconds: number | null): string {
  if (isStreaming)
    return seconds === null || seconds < 1 ? "Thinking…" : `Thinking… ${format(seconds)}`;
  if (seconds === null) return "Thoughts";
  return seconds < 1 ? "Thought for a moment" : `Thought for ${format(seconds)}`;
}

function format(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`;
}
