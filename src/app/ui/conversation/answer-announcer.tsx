"use client";

import type { ChatMessage } from "node-llm-trpc/react";
import { useEffect, useRef, useState } from "react";
import { finishNote } from "../message/finish-notes.ts";

const announcements: Partial<Record<ChatMessage["status"], string>> = {
  awaiting_approval: "The answer is waiting for your approval.",
  awaiting_output: "The answer is waiting for a tool’s output.",
  complete: "Answer complete.",
  stopped: "Answer stopped.",
  interrupted: "Answer interrupted.",
};

/** Tells screen readers when an answer starts, waits and ends, without reading out each word. */
export function AnswerAnnouncer({ answer }: { readonly answer: ChatMessage | undefined }) {
  const [text, setText] = useState("");
  const seen = useRef<string | null>(null);
  const started = useRef<string | null>(null);
  const id = answer?.id;
  const status = answer?.status;
  const note = answer === undefined ? undefined : finishNote(answer);
  useEffect(() => {
    if (id === undefined || status === undefined) return;
    // Answers that had already ended when the page loaded are not announced.
    if (status === "pending") seen.current = id;
    else if (status === "streaming" && started.current !== id) {
      seen.current = id;
      started.current = id;
      setText("Answer started.");
    } else if (seen.current === id) {
      const next = note?.explanation ?? announcements[status];
      if (next !== undefined) setText(next);
    }
  }, [id, status, note]);
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}
