"use client";

import { FileText } from "lucide-react";
import type { DraftAttachment } from "node-llm-trpc/react";
import { useState } from "react";
import { loadLater } from "../controls/load-later.ts";
import { attachmentName } from "./attachment-name.ts";
import { isImage } from "./is-image.ts";

const FileImage = loadLater(async () => (await import("./file-image.tsx")).FileImage);

const AttachmentViewer = loadLater(
  async () => (await import("./attachment-viewer.tsx")).AttachmentViewer,
);

const imageClass = "size-24 object-cover sm:size-28";

interface MessageAttachmentsProps {
  readonly attachments: readonly DraftAttachment[];
}

/** The files of a message, each with a preview that opens it. */
export function MessageAttachments({ attachments }: MessageAttachmentsProps) {
  const [opened, setOpened] = useState<number | null>(null);
  if (attachments.length === 0) return null;
  return (
    <>
      <ul aria-label="Files" className="mb-1.5 flex max-w-[85%] flex-wrap justify-end gap-2">
        {attachments.map((attachment, index) => {
          const name = attachmentName(attachments, index);
          return (
            <li key={index} className="max-w-full min-w-0">
              <button
                type="button"
                aria-label={`Open ${name}`}
                title={name}
                className="flex max-w-full overflow-hidden rounded-xl border border-border bg-muted hover:border-input"
                onClick={() => setOpened(index)}
              >
                {isImage(attachment) ? (
                  <FileImage
                    file={attachment}
                    alt={name}
                    className={imageClass}
                    fallback={<span className={imageClass} />}
                  />
                ) : (
                  <span className="flex h-11 min-w-0 items-center gap-2 px-3 text-sm">
                    <FileText aria-hidden className="size-4 shrink-0 text-muted-foreground" />
                    <span className="min-w-0 truncate">
                      <span dir="auto">{name}</span>
                    </span>
                  </span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
      {opened !== null && (
        <AttachmentViewer
          attachments={attachments}
          index={opened}
          onIndex={setOpened}
          onClose={() => setOpened(null)}
        />
      )}
    </>
  );
}
