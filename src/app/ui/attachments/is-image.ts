import type { DraftAttachment } from "node-llm-trpc/react";

/** Whether a file is an image that browsers show. */
export function isImage({ mediaType }: DraftAttachment): boolean {
  return /^image\/(?:png|jpeg|gif|webp)$/.test(mediaType);
}
