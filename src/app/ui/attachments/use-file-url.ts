import type { ShownAttachment } from "node-llm-trpc/react";
import { useState } from "react";
import { useAttachment } from "../app/chat-app.ts";

/** The `data:` URL of a file: its own before it is sent, and then the one that the server returns. Null while it is loading. */
export function useFileUrl(file: ShownAttachment): string | null {
  const { url } = useAttachment(file);
  // A message that was just sent keeps its picture until the server has returned it.
  const [last, setLast] = useState(url);
  if (url !== null && url !== last) setLast(url);
  return url ?? last;
}
