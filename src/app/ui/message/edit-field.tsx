"use client";

import type { KeyboardEvent } from "react";
import { useEffect, useRef, useState } from "react";

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
    if (event.nativeEvent.isComposing) return;
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
    <div className="edit-field">
      <textarea
        ref={field}
        aria-label="Edit your question"
        rows={2}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="flex items-center justify-end gap-2">
        <button type="button" className="text-button" onClick={onCancel}>
          Cancel
        </button>
        <button
          type="button"
          className="text-button text-button-accent"
          disabled={isEmpty}
          onClick={send}
        >
          Ask again
        </button>
      </div>
    </div>
  );
}
