import type { DraftAttachment } from "node-llm-trpc/react";
import { isImage } from "./is-image.ts";

/** What to call a file. Images that were read from the database have lost their names. */
export function attachmentName(files: readonly DraftAttachment[], index: number): string {
  const file = files[index];
  if (file === undefined) return "";
  if (file.name !== null) return file.name;
  if (!isImage(file)) return file.mediaType;
  return files.length > 1 ? `Image ${index + 1}` : "Image";
}
