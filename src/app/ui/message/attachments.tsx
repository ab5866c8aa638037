import { Paperclip } from "lucide-react";
import type { ChatAttachment } from "node-llm-trpc/react";

/** Files that came with a message. Only pictures inside the message itself are shown as pictures. */
export function Attachments({ attachments }: { readonly attachments: readonly ChatAttachment[] }) {
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
                className="max-h-48 rounded-lg border border-line"
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
