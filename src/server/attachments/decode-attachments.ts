import { ChatError } from "../../chat/chat-error.ts";
import { toStorable } from "../../chat/storable-text.ts";
import type { AttachmentMediaType } from "./media-types.ts";
import { attachmentMediaTypes, isTextType, mediaTypeOf } from "./media-types.ts";

/** What is accepted of one message. */
export interface AttachmentLimits {
  /**
   * Attachments of one message.
   * @default 10
   */
  readonly maxAttachments: number;
  /**
   * Bytes of one attachment.
   * @default 4_000_000
   */
  readonly maxAttachmentBytes: number;
  /**
   * Bytes of all attachments of a message.
   * @default 10_000_000
   */
  readonly maxMessageAttachmentBytes: number;
  /**
   * Bytes that a scope may read with `attachment` in a minute, in each process, or `"unlimited"`. The minute begins with
   * the first of them.
   * @default 200_000_000
   */
  readonly attachmentBytesPerMinute: number | "unlimited";
  /**
   * Media types of attachments. The list can be shortened; other types than these cannot be compared with the bytes.
   * @default ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain", "text/markdown", "text/csv", "application/json"]
   */
  readonly mediaTypes: readonly AttachmentMediaType[];
}

/** A file with the type that its bytes have. */
export interface DecodedFile {
  readonly name: string | null;
  readonly mediaType: AttachmentMediaType;
  readonly data: Uint8Array;
}

/**
 * Decodes the files of a message. Nothing of what the client says about a file is passed on: its type is compared with
 * the bytes, and the `data:` URL for the provider is made from these.
 *
 * @throws ChatError `BAD_REQUEST` when a file is too large, or not of an accepted type. Sizes are checked before anything
 * is decoded.
 */
export function decodeAttachments(
  attachments: readonly {
    readonly name?: string | null | undefined;
    readonly url?: string | null | undefined;
  }[],
  limits: AttachmentLimits,
): DecodedFile[] {
  const sources = attachments.map(({ name = null, url }) => parseUrl(name, url ?? "", limits));
  checkSizes(sources, limits);
  return sources.map((source) => {
    const data = source.isBase64 ? decodeBase64(source.encoded) : decodePercent(source.encoded);
    if (data === null)
      throw refusal(`${source.label} has a data: URL that is not valid. Attach the file again.`);
    return decodeFile({ ...source, data }, limits);
  });
}

/**
 * Compares the bytes of a file with its type.
 *
 * @param file.label what an error calls the file.
 * @throws ChatError `BAD_REQUEST` when the file is empty, or not of an accepted type.
 */
export function decodeFile(
  {
    label,
    name,
    declared,
    data,
  }: {
    readonly label: string;
    readonly name: string | null;
    readonly declared: string;
    readonly data: Uint8Array;
  },
  { mediaTypes }: AttachmentLimits,
): DecodedFile {
  if (data.length === 0) throw refusal(`${label} is empty. Remove it, or attach another file.`);
  const type = acceptedType(label, declared, mediaTypes);
  const mediaType = mediaTypeOf(data, type);
  if (mediaType !== null && mediaTypes.includes(mediaType)) return { name, mediaType, data };
  throw refusal(
    isTextType(type)
      ? `${label} is not text in UTF-8. Save it as UTF-8 text, or attach a file of another type.`
      : `${label} is not what its type says (${type}). Attach a file of one of these types: ${mediaTypes.join(", ")}.`,
  );
}

/** What an error calls a file. */
export function fileLabel(name: string | null): string {
  return name === null ? "An attachment" : `The attachment "${name.slice(0, 100)}"`;
}

/** @throws ChatError `BAD_REQUEST` when there are too many attachments. */
export function checkCount(count: number, { maxAttachments }: AttachmentLimits): void {
  if (count <= maxAttachments) return;
  throw refusal(
    `A message can have at most ${maxAttachments} attachments. Remove some and send again.`,
  );
}

/** @throws ChatError `BAD_REQUEST` when a file is too large, or all of them together are. */
export function checkSizes(
  files: readonly { readonly name: string | null; readonly size: number }[],
  { maxAttachmentBytes, maxMessageAttachmentBytes }: AttachmentLimits,
): void {
  let bytes = 0;
  for (const { name, size } of files) {
    bytes += size;
    if (size <= maxAttachmentBytes) continue;
    const most = inMegabytes(maxAttachmentBytes);
    throw refusal(`${fileLabel(name)} is too large: at most ${most}. Attach a smaller file.`);
  }
  if (bytes <= maxMessageAttachmentBytes) return;
  const most = inMegabytes(maxMessageAttachmentBytes);
  throw refusal(
    `The attachments are too large: at most ${most} together. Attach fewer or smaller files.`,
  );
}

function inMegabytes(bytes: number): string {
  return bytes < 10_000 ? `${bytes} bytes` : `${bytes / 1_000_000} MB`;
}

interface Source {
  readonly label: string;
  readonly name: string | null;
  readonly declared: AttachmentMediaType;
  readonly isBase64: boolean;
  readonly encoded: string;
  /** How many bytes it decodes to; in percent encoding, at least. */
  readonly size: number;
}

const dataUrl = /^data:([a-z]+\/[a-z0-9.+-]+)(?:;[a-z]+=[\w.-]+)*(;base64)?,/;
/** The comma of a `data:` URL that is accepted comes before this. */
const maxHeaderChars = 200;

function parseUrl(given: string | null, url: string, { mediaTypes }: AttachmentLimits): Source {
  const name = cleanName(given);
  const label = fileLabel(name);
  const header = dataUrl.exec(url.slice(0, maxHeaderChars));
  if (header === null)
    throw refusal(`${label} is not a data: URL. Send the file itself, not its address.`);
  const declared = acceptedType(label, header[1] ?? "", mediaTypes);
  const isBase64 = header[2] !== undefined;
  const encoded = url.slice(header[0].length);
  const size = isBase64 ? base64Size(encoded) : Math.ceil(encoded.length / 3);
  return { label, name, declared, isBase64, encoded, size };
}

function acceptedType(
  label: string,
  declared: string,
  mediaTypes: readonly AttachmentMediaType[],
): AttachmentMediaType {
  const type = attachmentMediaTypes.find((known) => known === declared);
  if (type !== undefined && mediaTypes.includes(type)) return type;
  throw refusal(
    `${label} has a type that is not accepted (${declared.slice(0, 100)}). Attach a file of one of these types: ${mediaTypes.join(", ")}.`,
  );
}

/** A name without what would be invisible, or turn the text around it. Null for none. */
function cleanName(name: string | null): string | null {
  const clean = toStorable(name ?? "")
    .replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ")
    .trim();
  return clean === "" ? null : clean;
}

function base64Size(data: string): number {
  const padding = data.endsWith("==") ? 2 : data.endsWith("=") ? 1 : 0;
  return Math.floor((data.length * 3) / 4) - padding;
}

/** Null for what is not base64 as RFC 4648 has it. Node would skip other characters. */
function decodeBase64(data: string): Uint8Array | null {
  if (data.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) return null;
  return Buffer.from(data, "base64");
}

/** Null for what is not UTF-8 in percent encoding. */
function decodePercent(data: string): Uint8Array | null {
  try {
    return Buffer.from(decodeURIComponent(data));
  } catch {
    return null;
  }
}

function refusal(message: string): ChatError {
  return new ChatError("BAD_REQUEST", message);
}
