"use client";

import { useRef, useState } from "react";
import { isComposing } from "../controls/is-composing.ts";

interface RenameFieldProps {
  readonly title: string;
  /** Called once, with the new title, or null to keep the current one, and whether a key ended the edit. */
  readonly onDone: (title: string | null, isByKey: boolean) => void;
}

/** Edits the title of a chat in place. */
export function RenameField({ title, onDone }: RenameFieldProps) {
  const [text, setText] = useState(title);
  const isDone = useRef(false);
  const done = (next: string | null, isByKey: boolean): void => {
    if (isDone.current) return;
    isDone.current = true;
    onDone(next?.trim() === "" ? null : (next?.trim() ?? null), isByKey);
  };
  return (
    <input
      dir="auto"
      aria-label="Chat title"
      maxLength={200}
      value={text}
      autoFocus
      className="h-9 w-full rounded-lg border border-primary bg-card px-2.5 text-sm outline-none pointer-coarse:h-11 forced-colors:outline-2 forced-colors:outline-solid"
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => done(text, false)}
      onKeyDown={(event) => {
        // The list around the field has keys of its own.
        event.stopPropagation();
        if (isComposing(event)) return;
        if (event.key === "Enter") done(text, true);
        if (event.key === "Escape") done(null, true);
      }}
    />
  );
}
