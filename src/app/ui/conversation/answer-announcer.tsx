"use client";

import type { ChatMessage } from "node-llm-trpc/react";
import { useEffect, useRef, useState } from "react";

const news: Partial<Record<ChatMessage["status"], string>> = {
  awaiting_approval: "The answer waits for your approval.",
  complete: "The answer is complete.",
  stopped: "The answer was stopped.",
  interrupted: "The answer was interrupted.",
};

/** Tells screen readers when an answer begins, waits and ends; not every word of it. */
export function AnswerAnnouncer({ answer }: { readonly answer: ChatMessage | undefined }) {
  const [text, setText] = useState("");
  const seen = useRef<string | null>(null);
  const begun = useRef<string | null>(null);
  const id = answer?.id;
  const status = answer?.status;
  useEffect(() => {
    if (id === undefined || status === undefined) return;
    // What had ended before this page saw it is no news.
    if (status === "pending") seen.current = id;
    else if (status === "streaming" && begun.current !== id) {
      seen.current = id;
      begun.current = id;
      setText("The answer has begun.");
    } else if (seen.current === id) {
      const next = news[status];
      if (next !== undefined) setText(next);
    }
  }, [id, status]);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
