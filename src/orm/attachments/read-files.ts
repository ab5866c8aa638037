import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { AttachmentStorage } from "./attachment-storage.ts";
import { inTime, storageError } from "./stored-files.ts";
import type { FileReference } from "./user-content.ts";

/** How many files are read from the app's storage at the same time. */
const maxReads = 4;

/**
 * Reads the bytes of files.
 *
 * @param storage the app's storage; undefined when it has none.
 * @returns the bytes by the id of the attachment. A file that no longer exists is not among them.
 * @throws ChatError `FILE_UNAVAILABLE` when the storage fails, `CONFIGURATION` when a file is in the app's storage and
 * there is none.
 */
export async function readFiles(
  db: Database,
  storage: AttachmentStorage | undefined,
  files: readonly Pick<FileReference, "id" | "isStored">[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const idsOf = (isStored: boolean): string[] => [
    ...new Set(files.filter((file) => file.isStored === isStored).map((file) => file.id)),
  ];
  const inRows = idsOf(false);
  if (inRows.length > 0 && db.attachment !== null) {
    const rows = await db.attachment.findMany({
      where: { id: { in: inRows } },
      select: { id: true, data: true },
    });
    for (const { id, data } of rows) if (data !== null) found.set(id, data);
  }
  const inStorage = idsOf(true);
  for (let start = 0; start < inStorage.length; start += maxReads) {
    const keys = inStorage.slice(start, start + maxReads);
    await Promise.all(
      keys.map(async (key) => {
        const data = await readStored(storage, key);
        if (data !== null) found.set(key, data);
      }),
    );
  }
  return found;
}

async function readStored(
  storage: AttachmentStorage | undefined,
  key: string,
): Promise<Uint8Array | null> {
  if (storage === undefined) {
    throw new ChatError(
      "CONFIGURATION",
      "A file is in the app's storage, and there is none. Pass it as `attachments`, as when the file was sent.",
    );
  }
  try {
    return (await inTime(storage.get(key))) ?? null;
  } catch (cause) {
    throw storageError(cause);
  }
}
