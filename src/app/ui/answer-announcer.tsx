"use client";

import type { ChatMessage } from "node-llm-trpc/react";
import { useEffect, useRef, useState } from "react";

const endings: Partial<Record<ChatMessage["status"], string>> = {
  complete: "The answer is complete.",
  stopped: "The answer was stopped.",
  interrupted: "The answer was interrupted.",
};

/** Tells screen readers when an answer begins and how it ended; not every word of it. */
export function AnswerAnnouncer({ answer }: { readonly answer: ChatMessage | undefined }) {
  const [text, setText] = useState("");
  const begun = useRef<string | null>(null);
  const id = answer?.id;
  const status = answer?.status;
  useEffect(() => {
    if (id === undefined || status === undefined) return;
    if (status === "streaming" && begun.current !== id) {
      begun.current = id;
      setText("The answer has begun.");
    } else if (begun.current === id) {
      const ending = endings[status];
      if (ending !== undefined) setText(ending);
    }
  }, [id, status]);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
