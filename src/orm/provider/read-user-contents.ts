import type { ContentPart } from "@node-llm/core";
import type { AttachmentStorage } from "../attachments/attachment-storage.ts";
import { readFiles } from "../attachments/read-files.ts";
import type { FileReference, UserPart } from "../attachments/user-content.ts";
import { sentText, userParts } from "../attachments/user-content.ts";
import type { Database } from "../database/database.ts";
import type { MessageRow } from "../database/rows.ts";
import { filePart, markFile, missingFilePart } from "./file-parts.ts";

/** What a message of the user is for the provider. */
export type UserContents = (row: MessageRow) => string | ContentPart[];

interface ReadOptions {
  /** The app's storage; undefined when it has none. */
  readonly storage: AttachmentStorage | undefined;
  /** How many bytes of files are sent, besides those of the question. */
  readonly maxFileBytes: number;
  /** Whether what is known about the model is to be ignored. */
  readonly assumeModelExists: boolean;
}

/**
 * Reads the files of the messages that are replayed, from the newest to the oldest until their bytes are used up. The
 * others are named in words.
 *
 * @param rows in their order, with the question at the end.
 * @throws as `readFiles` does.
 */
export async function readUserContents(
  db: Database,
  rows: readonly MessageRow[],
  { storage, maxFileBytes, assumeModelExists }: ReadOptions,
): Promise<UserContents> {
  const sent = new Set<string>();
  const references: FileReference[] = [];
  let bytes = 0;
  for (const [index, row] of rows.toReversed().entries()) {
    for (const part of row.role === "user" ? userParts(row) : []) {
      if (part.kind === "other" || sent.has(part.file.id)) continue;
      if (index > 0) bytes += part.file.size;
      if (bytes > maxFileBytes) break;
      sent.add(part.file.id);
      if (part.kind === "reference") references.push(part.file);
    }
  }
  const data = await readFiles(db, storage, references);
  return (row) =>
    userContent(row, (part) => {
      if (part.kind === "other") return part.part;
      const { file } = part;
      if (!sent.has(file.id)) return missingFilePart(file, "too old");
      if (part.kind === "inline") {
        // A question with parts of its own gets the provider's error for those that it does not take.
        return row === rows.at(-1)
          ? part.part
          : markFile(part.part, { ...file, assumeModelExists });
      }
      const found = data.get(file.id);
      return found === undefined
        ? missingFilePart(file, "lost")
        : filePart(file, found, assumeModelExists);
    });
}

/** The content of messages whose files are all in their rows. */
export const inlineContent: UserContents = (row) =>
  userContent(row, (part) =>
    part.kind === "reference" ? missingFilePart(part.file, "lost") : part.part,
  );

function userContent(
  row: MessageRow,
  toPart: (part: UserPart) => ContentPart,
): string | ContentPart[] {
  const parts = userParts(row).map(toPart);
  return parts.length === 0 ? sentText(row) : parts;
}
