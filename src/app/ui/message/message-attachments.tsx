import { Paperclip } from "lucide-react";
import type { ChatAttachment } from "node-llm-trpc/react";

interface MessageAttachmentsProps {
  readonly attachments: readonly ChatAttachment[];
}

/** The files of a message. Images are shown only from `data:` URLs, so no other host is asked for one. */
export function MessageAttachments({ attachments }: MessageAttachmentsProps) {
  if (attachments.length === 0) return null;
  return (
    <ul className="mb-1.5 flex flex-wrap items-end justify-end gap-2">
      {attachments.map((attachment, index) => {
        const name = attachment.name ?? attachment.mediaType;
        return (
          <li key={index}>
            {/^data:image\/(png|jpeg|gif|webp);/.test(attachment.url) ? (
              <img
                src={attachment.url}
                alt={name}
                className="max-h-48 rounded-lg border border-border"
              />
            ) : (
              <span className="badge">
                <Paperclip aria-hidden /> {name}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
