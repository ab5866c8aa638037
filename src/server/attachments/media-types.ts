import { ChatError } from "../../chat/chat-error.ts";

/** The media types that the router knows how to compare with the bytes of a file. */
export const attachmentMediaTypes = [
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "application/pdf",
  "text/plain",
  "text/markdown",
  "text/csv",
  "application/json",
] as const;

/** The media type of an attachment. */
export type AttachmentMediaType = (typeof attachmentMediaTypes)[number];

const signatures: readonly (readonly [type: AttachmentMediaType, bytes: RegExp])[] = [
  ["image/png", /^\x89PNG/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
  ["application/pdf", /^%PDF-/],
];

/**
 * Finds out what a file is from its bytes. What was declared decides only between texts, which look alike.
 *
 * @returns null when the bytes are something else than what was declared, or than any known type.
 */
export function mediaTypeOf(
  data: Uint8Array,
  declared: AttachmentMediaType,
): AttachmentMediaType | null {
  if (isTextType(declared)) return isText(data) ? declared : null;
  const start = Buffer.from(data.subarray(0, 16)).toString("latin1");
  const found = signatures.find(([, bytes]) => bytes.test(start))?.[0] ?? null;
  // Many a JPEG is named `.png`. But a picture is no document.
  const isKind = (found === "application/pdf") === (declared === "application/pdf");
  return isKind ? found : null;
}

/** Whether files of a type are texts. */
export function isTextType(mediaType: AttachmentMediaType): boolean {
  return mediaType.startsWith("text/") || mediaType === "application/json";
}

/** Whether the bytes are UTF-8 without NUL, which no database stores in a text. */
function isText(data: Uint8Array): boolean {
  if (data.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(data);
    return true;
  } catch {
    return false;
  }
}

/** @throws ChatError `CONFIGURATION` when a type is not one of those that can be compared with the bytes. */
export function checkMediaTypes(mediaTypes: readonly string[]): void {
  const unknown = mediaTypes.find((type) => !attachmentMediaTypes.some((known) => known === type));
  if (unknown === undefined) return;
  throw new ChatError(
    "CONFIGURATION",
    `createChatRouter: \`limits.mediaTypes\` has "${unknown}". Choose from ${attachmentMediaTypes.join(", ")}.`,
  );
}
