"use client";

import { FileText, X } from "lucide-react";
import type { DraftAttachment } from "node-llm-trpc/react";
import { useState } from "react";
import { loadLater } from "../controls/load-later.ts";
import { attachmentName } from "../attachments/attachment-name.ts";
import { FileImage } from "../attachments/file-image.tsx";
import { isImage } from "../attachments/is-image.ts";
import { IconButton } from "../controls/icon-button.tsx";

const AttachmentViewer = loadLater(
  async () => (await import("../attachments/attachment-viewer.tsx")).AttachmentViewer,
);

interface AttachmentTrayProps {
  readonly files: readonly DraftAttachment[];
  readonly onRemove: (index: number) => void;
}

/** The files that will be sent with the next message. */
export function AttachmentTray({ files, onRemove }: AttachmentTrayProps) {
  const [opened, setOpened] = useState<number | null>(null);
  return (
    <>
      <ul aria-label="Attached files" className="flex flex-wrap gap-2 px-1 pt-1 pb-2">
        {files.map((file, index) => {
          const name = attachmentName(files, index);
          return (
            <li
              key={index}
              className="flex max-w-full min-w-0 items-center gap-1 rounded-lg border border-border bg-muted p-1 text-sm"
            >
              <button
                type="button"
                aria-label={`Open ${name}`}
                title={name}
                className="flex min-w-0 items-center gap-2 rounded-md"
                onClick={() => setOpened(index)}
              >
                {isImage(file) ? (
                  <FileImage file={file} alt="" className="size-8 shrink-0 rounded object-cover" />
                ) : (
                  <FileText
                    aria-hidden
                    className="mx-1 size-4 h-8 shrink-0 text-muted-foreground"
                  />
                )}
                <span className="max-w-40 min-w-0 truncate">
                  <span dir="auto">{name}</span>
                </span>
              </button>
              <IconButton label={`Remove ${name}`} small onClick={() => onRemove(index)}>
                <X aria-hidden />
              </IconButton>
            </li>
          );
        })}
      </ul>
      {opened !== null && (
        <AttachmentViewer
          attachments={files}
          index={opened}
          onIndex={setOpened}
          onClose={() => setOpened(null)}
        />
      )}
    </>
  );
}
