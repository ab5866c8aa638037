import type { AttachmentStorage } from "../orm/attachments/attachment-storage.ts";
import { sweepStoredFiles } from "../orm/attachments/stored-files.ts";
import { Database } from "../orm/database/database.ts";
import type { PrismaClientLike } from "../orm/database/client/prisma-client-like.ts";
import type { TableNames } from "../orm/database/client/table-names.ts";

/**
 * Deletes files in the app's storage that no message has: those of chats that were deleted without the router, and what
 * a process left behind when it died. Files of the last hour stay, because they may just be being sent.
 *
 * The router does the same, once a minute at most, when files are sent and chats are deleted. Call this for a storage
 * that has to be clean at a certain time.
 *
 * @param options the client, the storage and the names of the models, as for `createChatRouter`.
 * @returns how many files were deleted, and the errors of the storage for the others, which are tried again by a later
 * call.
 * @throws ChatError `CONFIGURATION` when the Prisma client lacks a model.
 */
export async function sweepAttachments(options: {
  readonly prisma: PrismaClientLike;
  readonly attachments: AttachmentStorage;
  readonly tableNames?: TableNames | undefined;
}): Promise<{ readonly deleted: number; readonly failures: readonly unknown[] }> {
  const db = Database.open(options.prisma, options.tableNames);
  db.requireModel("storedFile");
  const failures: unknown[] = [];
  let deleted = 0;
  for (let hasMore = true; hasMore;) {
    const sweep = await sweepStoredFiles(db, options.attachments);
    deleted += sweep.deleted;
    failures.push(...sweep.failures);
    hasMore = sweep.hasMore;
  }
  return { deleted, failures };
}
