"use client";

import { ArrowUp, Square } from "lucide-react";
import type { ClipboardEvent, KeyboardEvent, MouseEvent, ReactNode } from "react";
import { memo, useEffect, useLayoutEffect, useRef, useState } from "react";
import { isComposing } from "../controls/is-composing.ts";
import { focusComposer } from "./focus-composer.ts";
import type { AttachmentDraft } from "./use-attachments.ts";
import { AttachButton } from "./attach-button.tsx";
import { loadLater } from "../controls/load-later.ts";

const AttachmentTray = loadLater(
  async () => (await import("./attachment-tray.tsx")).AttachmentTray,
);

interface ComposerProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  /** True while an answer is in progress, when “Stop” replaces “Send”. */
  readonly isBusy: boolean;
  readonly placeholder: string;
  readonly attachments: AttachmentDraft;
  readonly onSend: (text: string) => unknown;
  readonly onStop: () => unknown;
  /** Called when the up arrow is pressed in an empty field. */
  readonly onEditLast: () => void;
  /** Shown to the left of the send button. */
  readonly children?: ReactNode;
}

/**
 * The message field. Enter sends, Shift+Enter starts a new line, Escape stops the answer. Memoized, so that it costs nothing
 * while an answer streams.
 */
export const Composer = memo(function Composer(props: ComposerProps) {
  const { text, onText, isBusy, placeholder, attachments, onSend, onStop, onEditLast, children } =
    props;
  const field = useRef<HTMLTextAreaElement>(null);
  useAutosize(field, text);
  useTextTypedEarly(field, onText);
  useEffect(focusComposer, []);

  const isEmpty = text.trim() === "" && attachments.files.length === 0;
  // True after Enter was pressed during an answer. Nothing is sent then, and the hint says so.
  const [isTooEarly, setIsTooEarly] = useState(false);
  if (isTooEarly && !isBusy) setIsTooEarly(false);
  const send = (): void => {
    if (isEmpty) return;
    if (isBusy) setIsTooEarly(true);
    else onSend(text);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.shiftKey || isComposing(event)) return;
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
    // A double click on “Send” must not hit “Stop” with its second click.
    else if (event.detail < 2) onStop();
    focusComposer();
  };

  return (
    <div
      className="cursor-text rounded-2xl border border-input bg-card p-2 shadow-[0_1px_3px_rgb(0_0_0/0.05)] focus-within:border-primary forced-colors:focus-within:outline-2"
      onClick={(event) => event.target === event.currentTarget && field.current?.focus()}
    >
      {attachments.files.length > 0 && (
        <AttachmentTray files={attachments.files} onRemove={attachments.remove} />
      )}
      <textarea
        ref={field}
        data-composer
        dir="auto"
        aria-label="Message"
        placeholder={placeholder}
        rows={1}
        enterKeyHint="send"
        value={text}
        className="block field-sizing-content max-h-[40dvh] w-full resize-none bg-transparent px-2 pt-1.5 text-base outline-none placeholder:text-muted-foreground md:text-[15px]"
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <p role="status" className="px-2 pt-1 text-xs text-muted-foreground empty:hidden">
        {isTooEarly && "Not sent. Wait for the answer to finish, or stop it."}
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
          className="grid size-8 shrink-0 place-items-center rounded-full bg-primary text-primary-foreground hover:bg-primary/90 disabled:bg-accent disabled:text-muted-foreground pointer-coarse:size-10 forced-colors:border"
          aria-label={isBusy ? "Stop" : "Send"}
          title={isBusy ? "Stop generating" : "Send (Enter)"}
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
});

/** Reports text typed into the server's HTML before hydration, for which React fires no event. */
function useTextTypedEarly(
  field: { readonly current: HTMLTextAreaElement | null },
  onText: (text: string) => void,
): void {
  const report = useRef(onText);
  useLayoutEffect(() => {
    const typed = field.current?.value ?? "";
    if (typed !== "") report.current(typed);
  }, [field]);
}

/** Fits the height to the text in browsers without `field-sizing`. */
function useAutosize(field: { readonly current: HTMLTextAreaElement | null }, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || CSS.supports("field-sizing", "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
