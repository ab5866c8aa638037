import type { ChatAttachment } from "../chat/chat-message.ts";
import type { AttachmentContent } from "../chat/chat-procedures.ts";
import type { RouterContext } from "./session/router-context.ts";
import type { QueryResult } from "./use-procedure.ts";
import { useProcedure } from "./use-procedure.ts";

/** An attachment of a message, or of a draft. */
export type ShownAttachment = Pick<ChatAttachment, "url"> & Partial<Pick<ChatAttachment, "id">>;

/** What `useAttachment` returns. */
export interface UseAttachmentResult extends QueryResult {
  /**
   * An address for the `src` of an `<img>` or for `fetch`: the attachment's own, or else a `data:` URL of its bytes. Null
   * until they are loaded.
   */
  readonly url: string | null;
}

export function useAttachment(
  context: RouterContext,
  { id = "", url }: ShownAttachment,
): UseAttachmentResult {
  const { data = null, ...query } = useProcedure(
    context,
    "attachment",
    { attachmentId: id },
    context.client.attachment.query,
    { select: toDataUrl, enabled: !url, staleTime: Infinity },
  );
  return { url: url ?? data, ...query };
}

function toDataUrl({ mediaType, data }: AttachmentContent): string {
  return `data:${mediaType};base64,${data}`;
}
