import type { ChatAttachment } from "node-llm-trpc/react";

/** Whether a file is an image that is known to be harmless, and comes with the message. */
export function isImage({ url }: ChatAttachment): boolean {
  return /^data:image\/(?:png|jpeg|gif|webp);/.test(url);
}
