"use client";

import { FileText, X } from "lucide-react";
import type { ChatAttachment } from "node-llm-trpc/react";
import { IconButton } from "../controls/icon-button.tsx";

interface AttachmentTrayProps {
  readonly files: readonly ChatAttachment[];
  readonly onRemove: (index: number) => void;
}

/** The files that will be sent with the next message. */
export function AttachmentTray({ files, onRemove }: AttachmentTrayProps) {
  if (files.length === 0) return null;
  return (
    <ul aria-label="Attached files" className="flex flex-wrap gap-2 px-1 pt-1 pb-2">
      {files.map((file, index) => {
        const name = file.name ?? file.mediaType;
        return (
          <li key={index} className="attachment-chip">
            {file.mediaType.startsWith("image/") ? (
              <img src={file.url} alt="" className="size-8 rounded object-cover" />
            ) : (
              <FileText aria-hidden className="ml-1 size-4 text-muted-foreground" />
            )}
            <span className="max-w-40 truncate" title={name}>
              {name}
            </span>
            <IconButton label={`Remove ${name}`} small onClick={() => onRemove(index)}>
              <X aria-hidden />
            </IconButton>
          </li>
        );
      })}
    </ul>
  );
}
