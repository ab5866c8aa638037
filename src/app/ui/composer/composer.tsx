"use client";

import { ArrowUp, Square } from "lucide-react";
import type { ClipboardEvent, KeyboardEvent, MouseEvent, ReactNode } from "react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { focusComposer } from "./focus-composer.ts";
import type { AttachmentDraft } from "./use-attachments.ts";
import { AttachButton } from "./attach-button.tsx";
import { AttachmentTray } from "./attachment-tray.tsx";

interface ComposerProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  /** True while an answer is in progress: “Send” is then “Stop”. */
  readonly isBusy: boolean;
  /** What stands in the empty field. */
  readonly placeholder: string;
  readonly attachments: AttachmentDraft;
  readonly onSend: () => void;
  readonly onStop: () => void;
  /** The up arrow was pressed while nothing is written. */
  readonly onEditLast: () => void;
  /** Stands to the left of the button. */
  readonly children?: ReactNode;
}

/** Where a message is written. Enter sends, Shift and Enter begin a new line, Escape stops the answer. */
export function Composer(props: ComposerProps) {
  const { text, onText, isBusy, placeholder, attachments, onSend, onStop, onEditLast, children } =
    props;
  const field = useRef<HTMLTextAreaElement>(null);
  useAutosize(field, text);
  useTextTypedEarly(field, onText);
  useEffect(focusComposer, []);

  const isEmpty = text.trim() === "" && attachments.files.length === 0;
  // Whether Enter was pressed while an answer is in progress: nothing happens then, which wants a word.
  const [isEarly, setIsEarly] = useState(false);
  if (isEarly && !isBusy) setIsEarly(false);
  const send = (): void => {
    if (isEmpty) return;
    if (isBusy) setIsEarly(true);
    else onSend();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const isComposing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.shiftKey || isComposing) return;
    if (event.key === "Escape" && isBusy) onStop();
    if (event.key === "ArrowUp" && text === "" && !isBusy) {
      event.preventDefault();
      onEditLast();
    }
    if (event.key !== "Enter") return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent): void => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    void attachments.add(files);
  };
  const onClick = (event: MouseEvent): void => {
    if (!isBusy) send();
    // The second click of a double click on “Send” is not meant for “Stop”.
    else if (event.detail < 2) onStop();
    focusComposer();
  };

  return (
    <div
      className="composer"
      onClick={(event) => event.target === event.currentTarget && field.current?.focus()}
    >
      <AttachmentTray files={attachments.files} onRemove={attachments.remove} />
      <textarea
        ref={field}
        data-composer
        aria-label="Message"
        placeholder={placeholder}
        rows={1}
        enterKeyHint="send"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <p role="status" className="composer-hint">
        {isEarly && "Not sent: an answer is in progress. Wait for it, or stop it."}
      </p>
      <div className="flex min-w-0 items-center gap-1 pt-1">
        <AttachButton
          onFiles={(files) => {
            void attachments.add(files);
            focusComposer();
          }}
        />
        {children}
        <button
          type="button"
          className="send-button"
          aria-label={isBusy ? "Stop" : "Send"}
          title={isBusy ? "Stop the answer" : "Send (Enter)"}
          disabled={!isBusy && isEmpty}
          onClick={onClick}
        >
          {isBusy ? (
            <Square aria-hidden className="size-3.5 fill-current" />
          ) : (
            <ArrowUp aria-hidden className="size-4.5" />
          )}
        </button>
      </div>
    </div>
  );
}

/** React does not hear of what was written in the server's HTML before the scripts were there. */
function useTextTypedEarly(
  field: { readonly current: HTMLTextAreaElement | null },
  onText: (text: string) => void,
): void {
  const tell = useRef(onText);
  useLayoutEffect(() => {
    const typed = field.current?.value ?? "";
    if (typed !== "") tell.current(typed);
  }, [field]);
}

/** Browsers without `field-sizing` get the height from the text by hand. */
function useAutosize(field: { readonly current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || CSS.supports("field-sizing", "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
