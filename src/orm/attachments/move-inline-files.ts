import { randomUUID } from "node:crypto";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/client/prisma-client-like.ts";
import { isRecordNotFound } from "../database/prisma-errors.ts";
import type { MessageRow } from "../database/rows.ts";
import type { AttachmentStorage } from "./attachment-storage.ts";
import { insertFiles } from "./add-files.ts";
import { keepStored } from "./stored-files.ts";
import type { NewFile, UserPart } from "./user-content.ts";
import { encodeParts, readInlineFile, userParts } from "./user-content.ts";

/** How many messages are read at once: each may have megabytes. */
const pageSize = 5;

type InlineMessage = Pick<MessageRow, "id" | "chatId" | "content" | "contentRaw">;

/**
 * Gives files that are parts of their messages rows of their own, or puts them into the app's storage.
 *
 * @param storage undefined for rows of the database.
 * @returns how many files were moved. Those of a message that changes meanwhile stay where they are.
 */
export async function moveInlineFiles(
  db: Database,
  storage: AttachmentStorage | undefined,
): Promise<number> {
  let moved = 0;
  for (let after = ""; ;) {
    const rows: InlineMessage[] = await db.message.findMany({
      where: { id: { gt: after }, role: "user", contentRaw: { not: null } },
      orderBy: { id: "asc" },
      take: pageSize,
      select: { id: true, chatId: true, content: true, contentRaw: true },
    });
    for (const row of rows) moved += await moveFiles(db, storage, row);
    const last = rows.at(-1);
    if (last === undefined) return moved;
    after = last.id;
  }
}

async function moveFiles(
  db: Database,
  storage: AttachmentStorage | undefined,
  row: InlineMessage,
): Promise<number> {
  const added: NewFile[] = [];
  const parts = userParts(row).map((part): UserPart => {
    const data = part.kind === "inline" ? readInlineFile(part.part) : null;
    if (part.kind !== "inline" || data === null) return part;
    const file = { ...part.file, id: randomUUID(), isStored: storage !== undefined };
    added.push({ ...file, data });
    return { kind: "reference", file };
  });
  if (added.length === 0) return 0;
  const write = async (): Promise<number> => {
    await db.batch([replaceParts(db, row, encodeParts(parts)), ...insertFiles(db, row, added)]);
    return added.length;
  };
  try {
    return await (storage === undefined ? write() : keepStored(db, storage, added, write));
  } catch (error) {
    if (isRecordNotFound(error)) return 0;
    throw error;
  }
}

/** Fails with P2025 when the message is gone, or has other parts by now. */
function replaceParts(
  db: Database,
  { id, contentRaw }: InlineMessage,
  replaced: string,
): PrismaPromise<unknown> {
  return db.message.update({
    where: { id, contentRaw },
    data: { contentRaw: replaced },
    select: { id: true },
  });
}
