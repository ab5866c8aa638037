import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import type { AttachmentStorage } from "./attachment-storage.ts";
import { readFiles } from "./read-files.ts";
import type { FileReference } from "./user-content.ts";
import { messageOfInlineFile, readInlineFile, userParts } from "./user-content.ts";

/** Where a file is: apart from its message, or in the message's row. */
export type FilePlace =
  | { readonly kind: "reference"; readonly chatId: string; readonly file: FileReference }
  | {
      readonly kind: "inline";
      readonly chatId: string;
      readonly messageId: string;
      /** The id of the attachment, which may not exist. */
      readonly id: string;
    };

/** A file with its bytes. */
export interface FileContent {
  readonly name: string | null;
  readonly mediaType: string;
  readonly data: Uint8Array;
}

/**
 * Finds files by the ids of attachments, without reading bytes.
 *
 * @param where conditions for the columns of their chat, such as `chatId`.
 * @returns the places of those that may exist.
 */
export async function findFiles(
  db: Database,
  ids: readonly string[],
  where: Row = {},
): Promise<ReadonlyMap<string, FilePlace>> {
  const places = new Map<string, FilePlace>();
  if (ids.length === 0) return places;
  const rows = await db.attachment?.findMany({
    where: { ...where, id: { in: [...ids] } },
    select: { id: true, chatId: true, name: true, mediaType: true, size: true, isStored: true },
  });
  for (const { chatId, ...file } of rows ?? [])
    places.set(file.id, { kind: "reference", chatId, file });
  const others = ids.flatMap((id) => {
    const messageId = places.has(id) ? null : messageOfInlineFile(id);
    return messageId === null ? [] : [{ id, messageId }];
  });
  if (others.length === 0) return places;
  const messages = await db.message.findMany({
    where: { ...where, id: { in: others.map(({ messageId }) => messageId) } },
    select: { id: true, chatId: true },
  });
  for (const { id, messageId } of others) {
    const chatId = messages.find((message) => message.id === messageId)?.chatId;
    if (chatId !== undefined) places.set(id, { kind: "inline", chatId, messageId, id });
  }
  return places;
}

/**
 * Reads a file.
 *
 * @returns null when it does not exist, or no longer does.
 * @throws as `readFiles` does.
 */
export async function readFile(
  db: Database,
  storage: AttachmentStorage | undefined,
  place: FilePlace,
): Promise<FileContent | null> {
  if (place.kind === "inline") return readInline(db, place);
  const { id, name, mediaType } = place.file;
  const data = (await readFiles(db, storage, [place.file])).get(id);
  return data === undefined ? null : { name, mediaType, data };
}

async function readInline(
  db: Database,
  { messageId, id }: { readonly messageId: string; readonly id: string },
): Promise<FileContent | null> {
  const row = await db.message.findFirst({ where: { id: messageId } });
  if (row === null) return null;
  const found = userParts(row).find((part) => part.kind === "inline" && part.file.id === id);
  const data = found?.kind === "inline" ? readInlineFile(found.part) : null;
  if (found?.kind !== "inline" || data === null) return null;
  const { name, mediaType } = found.file;
  return { name, mediaType, data };
}
