import { ChatError } from "../../chat/chat-error.ts";
import { abortable } from "../../shared/abortable.ts";
import type { Database } from "../database/database.ts";
import type { PrismaPromise } from "../database/client/prisma-client-like.ts";
import type { AttachmentStorage } from "./attachment-storage.ts";
import type { NewFile } from "./user-content.ts";

/** How long the app's storage may take for a file, in milliseconds. */
const storageTimeoutMs = 60_000;
/** After how many milliseconds a file is not sent any more, because it may be deleted soon. */
const maxUploadMs = 30 * 60_000;
/** After how many milliseconds a file without an attachment is deleted; clocks may differ by minutes. */
const abandonedMs = 60 * 60_000;
/** How many abandoned files are deleted at once. */
const sweepSize = 100;
/** How many requests are made to the app's storage at the same time. */
const maxRequests = 4;

/**
 * Puts files into the app's storage and runs the write that sends them. What is left over when either fails, or the
 * process dies, is found by `sweepStoredFiles`: a file has a row from before it is written until after it is deleted.
 *
 * @throws ChatError `FILE_UNAVAILABLE` when the storage fails, or what `write` throws.
 */
export async function keepStored<Result>(
  db: Database,
  storage: AttachmentStorage,
  files: readonly NewFile[],
  write: () => Promise<Result>,
): Promise<Result> {
  const { storedFile } = db;
  if (storedFile === null || files.length === 0) return write();
  const keys = files.map((file) => file.id);
  const createdAt = new Date();
  await db.write(() => storedFile.createMany({ data: keys.map((key) => ({ key, createdAt })) }));
  const failures = await forEach(files, async ({ id, data, name, mediaType, size }) => {
    await inTime(storage.put(id, data, { name, mediaType, size }));
  });
  if (failures.length > 0) throw storageError(failures[0]);
  try {
    return await write();
  } catch (error) {
    // After a refusal, the files are of no use. After any other error, the write may have been committed.
    if (error instanceof ChatError) await deleteStored(db, storage, keys).catch(() => undefined);
    throw error;
  }
}

/** The query that connects a file with its attachment. It fails with P2025 when that is too late. */
export function attachStored(db: Database, key: string): PrismaPromise<unknown>[] {
  if (db.storedFile === null) return [];
  const createdAt = { gt: new Date(Date.now() - maxUploadMs) };
  return [
    db.storedFile.update({
      // Prisma takes no null for a unique column beside the key.
      where: { key, AND: [{ attachmentId: null, createdAt }] },
      data: { attachmentId: key },
      select: { key: true },
    }),
  ];
}

/**
 * Deletes the files of attachments that no longer exist, and then their rows.
 *
 * @returns the errors of the storage. The rows of what could not be deleted stay.
 */
export async function deleteStored(
  db: Database,
  storage: AttachmentStorage,
  keys: readonly string[],
): Promise<readonly unknown[]> {
  const { storedFile } = db;
  if (storedFile === null || keys.length === 0) return [];
  const where = { key: { in: [...keys] }, attachmentId: null };
  const rows = await storedFile.findMany({ where, select: { key: true } });
  return forEach(rows, async ({ key }) => {
    await inTime(storage.delete(key));
    await db.write(() => storedFile.deleteMany({ where: { key, attachmentId: null } }));
  });
}

/** What `sweepStoredFiles` has done. */
export interface Sweep {
  /** How many files were deleted. */
  readonly deleted: number;
  /** The errors of the storage. What could not be deleted is tried again after an hour. */
  readonly failures: readonly unknown[];
  /** Whether there may be more to delete. */
  readonly hasMore: boolean;
}

/**
 * Deletes files in the app's storage that have had no attachment for an hour: those that a process left behind when it
 * died, and those of chats that were deleted without the router.
 */
export async function sweepStoredFiles(db: Database, storage: AttachmentStorage): Promise<Sweep> {
  const { storedFile } = db;
  if (storedFile === null) return { deleted: 0, failures: [], hasMore: false };
  const now = Date.now();
  const createdAt = { lt: new Date(now - abandonedMs) };
  const rows = await storedFile.findMany({
    where: { attachmentId: null, createdAt },
    select: { key: true },
    orderBy: { createdAt: "asc" },
    take: sweepSize,
  });
  const keys = rows.map((row) => row.key);
  const failures = await deleteStored(db, storage, keys);
  if (failures.length > 0) {
    // So that they are not in the way of the others.
    const where = { key: { in: keys }, attachmentId: null };
    await db.write(() => storedFile.updateMany({ where, data: { createdAt: new Date(now) } }));
  }
  const deleted = keys.length - failures.length;
  return { deleted, failures, hasMore: keys.length === sweepSize };
}

/**
 * Works on a few items at a time, and on all of them even if some fail.
 *
 * @returns the errors.
 */
async function forEach<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift())
      await work(item).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: maxRequests }, worker));
  return failures;
}

/** A storage that never responds must not keep its caller forever. */
export function inTime<Result>(
  request: Promise<Result>,
  timeoutMs = storageTimeoutMs,
): Promise<Result> {
  return abortable(request, AbortSignal.timeout(timeoutMs));
}

/** The error for a client when the app's storage has failed. */
export function storageError(cause: unknown): ChatError {
  return new ChatError(
    "FILE_UNAVAILABLE",
    "The app's storage of files does not respond as it should. Try again.",
    { cause },
  );
}
