"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import type { DraftAttachment } from "node-llm-trpc/react";
import { useEffect, useRef } from "react";
import { Button } from "../controls/button.tsx";
import { Dialog } from "../controls/dialog.tsx";
import { downloadBlob } from "../controls/download-blob.ts";
import { attachmentName } from "./attachment-name.ts";
import { FileImage } from "./file-image.tsx";
import { useFileUrl } from "./use-file-url.ts";
import { isImage } from "./is-image.ts";
import { IconButton } from "../controls/icon-button.tsx";

interface AttachmentViewerProps {
  readonly attachments: readonly DraftAttachment[];
  readonly index: number;
  readonly onIndex: (index: number) => void;
  readonly onClose: () => void;
}

/** Shows a file in its full size. The arrow keys go to the next and the previous one. */
export function AttachmentViewer({ attachments, index, onIndex, onClose }: AttachmentViewerProps) {
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The text that had the focus is gone, and the keys must go on working.
    if (document.activeElement !== document.body) return;
    (content.current?.querySelector<HTMLElement>("[data-autofocus]") ?? content.current)?.focus();
  }, [index]);
  const attachment = attachments[index];
  if (attachment === undefined) return null;
  const name = attachmentName(attachments, index);
  const step = (by: number): void => {
    if (attachments[index + by] !== undefined) onIndex(index + by);
  };
  return (
    <Dialog
      title={name}
      onClose={onClose}
      isWide
      onKeyDown={(event) => {
        if (event.altKey || event.ctrlKey || event.metaKey || canScroll(event.target)) return;
        if (event.key === "ArrowLeft") step(-1);
        if (event.key === "ArrowRight") step(1);
      }}
    >
      <div ref={content} tabIndex={-1} className="flex min-h-0 flex-col gap-3 outline-none">
        {isImage(attachment) ? (
          <FileImage
            key={index}
            file={attachment}
            alt={name}
            className="mx-auto max-h-[70dvh] max-w-full rounded-lg object-contain"
          />
        ) : (
          <FileText key={index} file={attachment} name={name} />
        )}
        {attachments.length > 1 && (
          <div className="flex items-center justify-center gap-2 text-sm text-muted-foreground tabular-nums">
            <IconButton label="Previous file" aria-disabled={index === 0} onClick={() => step(-1)}>
              <ChevronLeft aria-hidden />
            </IconButton>
            {index + 1}/{attachments.length}
            <IconButton
              label="Next file"
              aria-disabled={index === attachments.length - 1}
              onClick={() => step(1)}
            >
              <ChevronRight aria-hidden />
            </IconButton>
          </div>
        )}
      </div>
    </Dialog>
  );
}

/** Whether the arrow keys scroll an element sideways. */
function canScroll(target: EventTarget): boolean {
  return target instanceof Element && target.scrollWidth > target.clientWidth;
}

function FileText({ file, name }: { readonly file: DraftAttachment; readonly name: string }) {
  const url = useFileUrl(file);
  const bytes = url === null ? null : bytesOf(url);
  if (bytes !== null && file.mediaType === "application/pdf") {
    return (
      <Button
        data-autofocus
        className="self-center"
        onClick={() => downloadBlob(name, new Blob([bytes], { type: file.mediaType }))}
      >
        Download
      </Button>
    );
  }
  return (
    <pre
      tabIndex={0}
      dir="auto"
      data-autofocus
      className="max-h-[70dvh] w-[min(44rem,calc(100vw-5rem))] overflow-auto rounded-lg border border-border bg-muted p-3 font-mono text-xs leading-5"
    >
      {bytes !== null && new TextDecoder().decode(bytes)}
      {bytes === null && url !== null && "This file can’t be shown."}
    </pre>
  );
}

/** Reads a file from its `data:` URL. Returns null when it is none. */
function bytesOf(url: string): Uint8Array<ArrayBuffer> | null {
  const [, encoding, data] = /^data:[^,]*?(;base64)?,(.*)$/s.exec(url) ?? [];
  if (data === undefined) return null;
  try {
    if (encoding === undefined) return new TextEncoder().encode(decodeURIComponent(data));
    return Uint8Array.from(atob(data), (character) => character.codePointAt(0) ?? 0);
  } catch {
    return null;
  }
}
