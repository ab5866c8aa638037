import type { DraftAttachment } from "node-llm-trpc/react";
import { useFileUrl } from "./use-file-url.ts";

interface FileImageProps {
  readonly file: DraftAttachment;
  readonly alt: string;
  readonly className: string;
}

/** An image; an empty place of its size while it is loading. */
export function FileImage({ file, alt, className }: FileImageProps) {
  const url = useFileUrl(file);
  return url === null ? (
    <span className={className} />
  ) : (
    <img src={url} alt={alt} className={className} />
  );
}
