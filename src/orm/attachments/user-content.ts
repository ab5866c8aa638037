import type { ContentPart } from "@node-llm/core";
import type { ChatAttachment } from "../../chat/chat-message.ts";
import { asRecord, isRecord } from "../../shared/json-value.ts";
import type { MessageRow } from "../database/rows.ts";

/** What is known of a file without its bytes. */
export interface FileInfo {
  /** The id of the attachment. */
  readonly id: string;
  readonly name: string | null;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
}

/** A file that is stored apart from its message, as the message names it. */
export interface FileReference extends FileInfo {
  /** Whether the bytes are in the app's storage. */
  readonly isStored: boolean;
}

/** A file that is sent with a message. */
export interface NewFile extends FileReference {
  readonly data: Uint8Array;
}

/** A part of a user message. A file may be a part itself, where programs other than the router write messages. */
export type UserPart =
  | { readonly kind: "reference"; readonly file: FileReference }
  | { readonly kind: "inline"; readonly part: ContentPart; readonly file: FileInfo }
  | { readonly kind: "other"; readonly part: ContentPart };

type StoredContent = Pick<MessageRow, "id" | "content" | "contentRaw">;

/** The parts of a user message with files, without blank text. Empty for a message that is its `content` alone. */
export function userParts(row: StoredContent): UserPart[] {
  const parts = readParts(row.contentRaw).map((part, index): UserPart => {
    if (part.type === "attachment") return { kind: "reference", file: part.attachment };
    const isWritten = index === 0 && part.type === "text" && part.text === row.content;
    const file = isWritten ? null : inlineFile(part);
    return file === null
      ? { kind: "other", part }
      : { kind: "inline", part, file: { ...file, id: `${row.id}_${index}` } };
  });
  return parts.filter((part) => part.kind !== "other" || !isBlank(part.part));
}

/** What a user message says that has no parts: its `content`, or that with text files in it. */
export function sentText({ content, contentRaw }: StoredContent): string {
  const text = readRaw(contentRaw);
  return typeof text === "string" ? text : (content ?? "");
}

function isBlank(part: ContentPart): boolean {
  return part.type === "text" && part.text.trim() === "";
}

/** The attachments of a message, for the wire. The app's storage may give them a `url` later. */
export function attachmentsOf(row: StoredContent): ChatAttachment[] {
  return userParts(row).flatMap((part) =>
    part.kind === "other" ? [] : [toChatAttachment(part.file)],
  );
}

/** A file for the wire. */
export function toChatAttachment({ id, name, mediaType, size }: FileInfo): ChatAttachment {
  return { id, name, mediaType, size, url: null };
}

/** The column `contentRaw` of a message with files: its text, and what it names. */
export function encodeUserParts(content: string, files: readonly FileReference[]): string | null {
  if (files.length === 0) return null;
  const text: UserPart = { kind: "other", part: { type: "text", text: content } };
  const named = files.map((file): UserPart => ({ kind: "reference", file }));
  return encodeParts(content.trim() === "" ? named : [text, ...named]);
}

/** The inverse of `userParts`. */
export function encodeParts(parts: readonly UserPart[]): string {
  return JSON.stringify(
    parts.map((part) =>
      part.kind === "reference"
        ? { type: "attachment", attachment: storedReference(part.file) }
        : part.part,
    ),
  );
}

function storedReference({ id, name, mediaType, size, isStored }: FileReference): FileReference {
  return { id, name, mediaType, size, isStored };
}

/** The message that an inline file is a part of; null for the id of an attachment that is stored apart. */
export function messageOfInlineFile(attachmentId: string): string | null {
  return /^(.+)_\d{1,4}$/.exec(attachmentId)?.[1] ?? null;
}

/** The bytes of an inline file. Null for a part that is none. */
export function readInlineFile(part: ContentPart): Uint8Array | null {
  if (part.type === "text") return Buffer.from(namedText.exec(part.text)?.[2] ?? "");
  if (part.type !== "image_url") return null;
  const header = base64Url.exec(part.image_url.url)?.[0];
  return header === undefined
    ? null
    : Buffer.from(part.image_url.url.slice(header.length), "base64");
}

/** A text file may be a text part that starts with the file's name, after the part that the user has written. */
const namedText = /^([^\n]{1,300}):\n([^]*)$/;
const base64Url = /^data:([^;,]{1,200})(?:;[^;,]{1,200})*;base64,/;

function inlineFile(part: ContentPart): Omit<FileInfo, "id"> | null {
  if (part.type === "text") {
    const [, name, text = ""] = namedText.exec(part.text) ?? [];
    const size = Buffer.byteLength(text);
    return name === undefined ? null : { name, mediaType: "text/plain", size };
  }
  if (part.type !== "image_url") return null;
  const [header, mediaType = ""] = base64Url.exec(part.image_url.url) ?? [];
  if (header === undefined) return null;
  const size = Buffer.byteLength(part.image_url.url.slice(header.length), "base64");
  return { name: null, mediaType, size };
}

/** A part as it is stored. */
type StoredPart = ContentPart | { readonly type: "attachment"; readonly attachment: FileReference };

function readParts(contentRaw: string | null): readonly StoredPart[] {
  const parts = readRaw(contentRaw);
  // This package writes parts here. Another writer's payload cannot be replayed, so its text is used.
  return Array.isArray(parts) && parts.every(isStoredPart) ? parts : [];
}

function readRaw(contentRaw: string | null): unknown {
  if (contentRaw === null) return null;
  try {
    return JSON.parse(contentRaw);
  } catch {
    // Another writer's payload.
    return null;
  }
}

function isStoredPart(part: unknown): part is StoredPart {
  if (!isRecord(part)) return false;
  const { type, text } = part;
  if (type === "text") return typeof text === "string";
  if (type === "attachment") return isReference(part["attachment"]);
  // Core's providers read the URL without checking that it is there.
  if (type === "image_url") return typeof asRecord(part["image_url"])["url"] === "string";
  return typeof type === "string" && type in part;
}

function isReference(value: unknown): value is FileReference {
  const { id, mediaType, size } = asRecord(value);
  return typeof id === "string" && typeof mediaType === "string" && typeof size === "number";
}
