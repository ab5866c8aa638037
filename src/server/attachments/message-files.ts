import { randomUUID } from "node:crypto";
import type { SendMessageInput } from "../../chat/chat-procedures.ts";
import type { AttachmentStorage } from "../../orm/attachments/attachment-storage.ts";
import type { FilePlace } from "../../orm/attachments/find-files.ts";
import { findFiles, readFile } from "../../orm/attachments/find-files.ts";
import type { FileReference, NewFile } from "../../orm/attachments/user-content.ts";
import type { Database } from "../../orm/database/database.ts";
import { attachmentNotFound } from "../errors.ts";
import type { AttachmentLimits, DecodedFile } from "./decode-attachments.ts";
import {
  checkCount,
  checkSizes,
  decodeAttachments,
  decodeFile,
  fileLabel,
} from "./decode-attachments.ts";

/** A file as a client sends it: with its `data:` URL, or with the id of an attachment of the chat. */
export interface SentAttachment {
  readonly id?: string | undefined;
  readonly name?: string | null | undefined;
  readonly url?: string | null | undefined;
}

/** The input of `send`, as the validator returns it. */
export interface SentMessage extends Omit<SendMessageInput, "attachments"> {
  readonly attachments?: readonly SentAttachment[] | undefined;
}

/** The files of a message that is sent. */
export interface MessageFiles {
  /** All of them, in their order, as the message names them. */
  readonly files: readonly FileReference[];
  /** Those that the chat does not have yet. */
  readonly added: readonly NewFile[];
}

/**
 * Reads the files of a message that is sent. Writes nothing.
 *
 * @param storage the app's storage; undefined when files are kept in the database.
 * @throws ChatError `BAD_REQUEST` when there are too many files, or one is not accepted, `NOT_FOUND` when an id is not one
 * of the chat's attachments.
 */
export async function readMessageFiles(
  db: Database,
  storage: AttachmentStorage | undefined,
  chatId: string,
  attachments: readonly SentAttachment[],
  limits: AttachmentLimits,
): Promise<MessageFiles> {
  const idOf = ({ id, url }: SentAttachment): string | undefined =>
    url?.startsWith("data:") === true ? undefined : id;
  checkCount(attachments.length, limits);
  const decoded = decodeAttachments(
    attachments.filter((attachment) => idOf(attachment) === undefined),
    limits,
  );
  const ids = attachments.map(idOf).filter((id) => id !== undefined);
  const places = await findFiles(db, ids, { chatId });
  const files: FileReference[] = [];
  const added: NewFile[] = [];
  for (const attachment of attachments) {
    const id = idOf(attachment);
    const place = id === undefined ? undefined : places.get(id);
    if (place?.kind === "reference") {
      files.push(place.file);
      continue;
    }
    const file = id === undefined ? decoded.shift() : await reread(db, place, limits);
    if (file === undefined) throw attachmentNotFound();
    const { name, mediaType, data } = file;
    const reference = {
      id: randomUUID(),
      name,
      mediaType,
      size: data.length,
      isStored: storage !== undefined,
    };
    files.push(reference);
    added.push({ ...reference, data });
  }
  checkSizes(files, limits);
  return { files, added };
}

/** A file that is a part of an earlier message becomes one of its own. */
async function reread(
  db: Database,
  place: FilePlace | undefined,
  limits: AttachmentLimits,
): Promise<DecodedFile | undefined> {
  const file = place === undefined ? null : await readFile(db, undefined, place);
  if (file === null) return undefined;
  const { name, mediaType: declared, data } = file;
  return decodeFile({ label: fileLabel(name), name, declared, data }, limits);
}
