import type { AttachmentStorage } from "../orm/attachments/attachment-storage.ts";
import { moveInlineFiles } from "../orm/attachments/move-inline-files.ts";
import { Database } from "../orm/database/database.ts";
import type { PrismaClientLike } from "../orm/database/client/prisma-client-like.ts";
import type { TableNames } from "../orm/database/client/table-names.ts";

/**
 * Moves files out of the rows of messages, where `chat.ask` and `@node-llm/orm` keep them as `data:` URLs: each gets a
 * row of its own, or goes into the storage. A second run finds nothing more to move. The app may run meanwhile.
 *
 * @param options the client and the names of the models, as for `createChatRouter`, and its storage if it has one.
 * @returns how many files were moved.
 * @throws ChatError `CONFIGURATION` when the Prisma client lacks a model, or the error of the storage.
 *
 * @example
 * ```ts
 * const { moved } = await moveAttachments({ prisma });
 * ```
 */
export async function moveAttachments(options: {
  readonly prisma: PrismaClientLike;
  readonly attachments?: AttachmentStorage | undefined;
  readonly tableNames?: TableNames | undefined;
}): Promise<{ readonly moved: number }> {
  const { prisma, attachments, tableNames } = options;
  const db = Database.open(prisma, tableNames);
  db.requireModel("attachment");
  if (attachments !== undefined) db.requireModel("storedFile");
  return { moved: await moveInlineFiles(db, attachments) };
}
