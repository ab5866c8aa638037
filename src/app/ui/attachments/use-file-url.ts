import type { DraftAttachment } from "node-llm-trpc/react";
import { useState } from "react";
import { useFile } from "../app/chat-app.ts";

/**
 * The `data:` URL of a file: its own before it is sent, and then the one that the server returns. Null while that is
 * loading. No other address is used, so that no other host is asked for a file.
 */
export function useFileUrl(file: DraftAttachment): string | null {
  const own = file.url?.startsWith("data:") === true ? file.url : null;
  const read = useFile(own === null && "id" in file && file.id !== "" ? file.id : null);
  const url = own ?? read;
  // A message that was just sent keeps its picture until the server has returned it.
  const [last, setLast] = useState(url);
  if (url !== null && url !== last) setLast(url);
  return url ?? last;
}
