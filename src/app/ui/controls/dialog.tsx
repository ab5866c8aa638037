"use client";

import { X } from "lucide-react";
import type { KeyboardEventHandler, ReactNode } from "react";
import { useEffect, useId, useRef } from "react";
import { createPortal } from "react-dom";
import { IconButton } from "./icon-button.tsx";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** Whether the dialog takes the room that its content needs, such as an image. */
  readonly isWide?: boolean;
  readonly onKeyDown?: KeyboardEventHandler;
  readonly children: ReactNode;
}

/**
 * A modal dialog that is open while it is mounted. The browser traps the focus. Escape or a click on the
 * backdrop closes it, and the focus returns to where it was.
 */
export function Dialog({ title, onClose, isWide = false, onKeyDown, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    // React's `autoFocus` runs before this effect, so it would be taken for the opener.
    element?.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return createPortal(
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      className={`m-auto rounded-2xl border border-input bg-popover p-0 text-popover-foreground shadow-xl transition-[opacity,translate] duration-150 backdrop:bg-black/40 starting:translate-y-2 starting:opacity-0 ${
        isWide ? "w-fit max-w-[calc(100vw-2rem)]" : "w-[min(30rem,calc(100vw-2rem))]"
      }`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className="flex max-h-[85dvh] flex-col gap-4 overflow-y-auto p-5 pt-3">
        <header className="-me-2 flex items-center justify-between gap-3">
          <h2
            id={titleId}
            dir="auto"
            className="min-w-0 truncate text-base font-semibold tracking-tight"
          >
            {title}
          </h2>
          <IconButton label="Close" onClick={onClose}>
            <X aria-hidden />
          </IconButton>
        </header>
        {children}
      </div>
    </dialog>,
    document.body,
  );
}
