import { ChatError } from "../../chat/chat-error.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/client/prisma-client-like.ts";
import { attachStored } from "./stored-files.ts";
import type { NewFile } from "./user-content.ts";

/** The files of a new message. */
export interface NewFiles {
  /** Those that the chat does not have yet. */
  readonly added: readonly NewFile[];
  /** How many bytes of files a chat may have. */
  readonly maxChatBytes: number;
}

/**
 * The queries that add the files of a new message, for the transaction that adds the message. It has to fail when
 * another message has been added since the chat was read.
 *
 * @throws ChatError `BAD_REQUEST` when the chat would have too many bytes of files.
 */
export async function addFiles(
  db: Database,
  message: { readonly id: string; readonly chatId: string },
  files: NewFiles,
): Promise<PrismaPromise<unknown>[]> {
  await checkChatBytes(db, message.chatId, files);
  return insertFiles(db, message, files.added);
}

/** @throws ChatError `BAD_REQUEST` when the chat would have too many bytes of files. */
export async function checkChatBytes(
  db: Database,
  chatId: string,
  { added, maxChatBytes }: NewFiles,
): Promise<void> {
  if (added.length === 0 || db.attachment === null) return;
  const known = await db.attachment.aggregate({ where: { chatId }, _sum: { size: true } });
  const bytes = added.reduce((sum, { size }) => sum + size, known._sum["size"] ?? 0);
  if (bytes > maxChatBytes) {
    throw new ChatError(
      "BAD_REQUEST",
      `The files of a chat can have at most ${maxChatBytes} bytes together. Send fewer or smaller files, or start a new chat.`,
    );
  }
}

/** The queries that add the files of a message. */
export function insertFiles(
  db: Database,
  { id: messageId, chatId }: { readonly id: string; readonly chatId: string },
  added: readonly NewFile[],
): PrismaPromise<unknown>[] {
  if (added.length === 0 || db.attachment === null) return [];
  const rows = added.map(({ data, ...file }) => ({
    ...file,
    chatId,
    messageId,
    data: file.isStored ? null : data,
  }));
  const stored = added.filter((file) => file.isStored);
  return [
    db.attachment.createMany({ data: rows }),
    ...stored.flatMap((file) => attachStored(db, file.id)),
  ];
}
