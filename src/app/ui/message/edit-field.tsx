"use client";

import type { KeyboardEvent } from "react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../controls/button.tsx";
import { isComposing } from "../controls/is-composing.ts";

interface EditFieldProps {
  readonly text: string;
  readonly onCancel: () => void;
  readonly onSend: (text: string) => void;
}

/** Edits a question in place. Enter sends it again, Escape cancels. */
export function EditField({ text, onCancel, onSend }: EditFieldProps) {
  const [draft, setDraft] = useState(text);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = field.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  const isEmpty = draft.trim() === "";
  const send = (): void => {
    if (!isEmpty) onSend(draft);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isComposing(event)) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      onCancel();
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  };
  return (
    <div className="flex w-full max-w-[85%] flex-col gap-2 rounded-2xl border border-primary bg-card p-2">
      <textarea
        ref={field}
        dir="auto"
        aria-label="Edit your question"
        rows={2}
        value={draft}
        className="field-sizing-content max-h-[40dvh] w-full resize-none bg-transparent px-1.5 py-1 outline-none"
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="flex items-center justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button variant="primary" disabled={isEmpty} onClick={send}>
          Ask again
        </Button>
      </div>
    </div>
  );
}
