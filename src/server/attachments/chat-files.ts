import type { ChatAttachment, ChatMessage } from "../../chat/chat-message.ts";
import type { AttachmentContent } from "../../chat/chat-procedures.ts";
import type { AttachmentStorage } from "../../orm/attachments/attachment-storage.ts";
import { findFiles, readFile } from "../../orm/attachments/find-files.ts";
import {
  deleteStored,
  inTime,
  keepStored,
  sweepStoredFiles,
} from "../../orm/attachments/stored-files.ts";
import type { NewFile } from "../../orm/attachments/user-content.ts";
import { userParts } from "../../orm/attachments/user-content.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { settled } from "../../shared/abortable.ts";
import type { Caller, ChatAccess } from "../chat-access.ts";
import { readBy } from "../chat-access.ts";
import { attachmentNotFound } from "../errors.ts";
import { ReadLimiter } from "../limits/read-limiter.ts";
import type { FailureListener } from "../report-failure.ts";
import { reportFailure } from "../report-failure.ts";
import type { AttachmentLimits } from "./decode-attachments.ts";
import { checkMediaTypes } from "./media-types.ts";
import type { MessageFiles, SentAttachment } from "./message-files.ts";
import { readMessageFiles } from "./message-files.ts";

/** What a file in the row of its message may have, whose size is not known before it is read. */
const maxInlineBytes = 10_000_000;
/** How many bytes of files one request reads at most: those of three messages. */
const maxRequestBytes = 32_000_000;
/** How long a caller waits for a storage that is slow to delete files or to give addresses, in milliseconds. */
const patienceMs = 5_000;
/** How often a process looks for files that nothing names any more, in milliseconds. */
const sweepPauseMs = 60_000;

interface ChatFilesDependencies<Context> {
  readonly db: Database;
  readonly access: ChatAccess<Context>;
  /** The app's storage; undefined when files are kept in the database. */
  readonly storage: AttachmentStorage | undefined;
  readonly limits: AttachmentLimits;
  readonly onError: FailureListener | undefined;
}

/** The files of the router's messages, in the database or in the app's storage. */
export class ChatFiles<Context> {
  readonly #db: Database;
  readonly #access: ChatAccess<Context>;
  readonly #storage: AttachmentStorage | undefined;
  readonly #limits: AttachmentLimits;
  readonly #onError: FailureListener | undefined;
  readonly #reads: ReadLimiter;
  #sweptAt = -Infinity;

  /** @throws ChatError `CONFIGURATION` when `limits.mediaTypes` has an unknown type. */
  constructor({ db, access, storage, limits, onError }: ChatFilesDependencies<Context>) {
    this.#db = db;
    this.#access = access;
    this.#storage = storage;
    this.#limits = limits;
    this.#onError = onError;
    this.#reads = new ReadLimiter({
      name: "attachmentBytesPerMinute",
      bytesPerMinute: limits.attachmentBytesPerMinute,
      bytesPerRequest: maxRequestBytes,
      what: "Files",
    });
    checkMediaTypes(limits.mediaTypes);
  }

  /** Reads the files of a message that is sent: see `readMessageFiles`. */
  check(chatId: string, attachments: readonly SentAttachment[]): Promise<MessageFiles> {
    return readMessageFiles(this.#db, this.#storage, chatId, attachments, this.#limits);
  }

  /** Whether files are in the app's storage. */
  get areStored(): boolean {
    return this.#storage !== undefined;
  }

  /**
   * Runs the write that sends new files, which the app's storage gets first.
   *
   * @param turn.check throws what `write` would throw, so that nothing is stored in vain.
   */
  async keep<Result>(
    chatId: string,
    added: readonly NewFile[],
    turn: { readonly check: () => Promise<void>; readonly write: () => Promise<Result> },
  ): Promise<Result> {
    const { check, write } = turn;
    const storage = this.#storage;
    if (storage === undefined || added.length === 0) return write();
    await check();
    const swept = this.#sweep(storage, chatId);
    const result = await keepStored(this.#db, storage, added, write);
    await settled(swept, patienceMs);
    return result;
  }

  /**
   * Reads an attachment for its owner.
   *
   * @throws ChatError `NOT_FOUND`, the same for a missing attachment and for one outside the caller's scope,
   * `TOO_MANY_REQUESTS` when the scope has read too much within a minute.
   */
  async read(caller: Caller<Context>, attachmentId: string): Promise<AttachmentContent> {
    const place = (await findFiles(this.#db, [attachmentId])).get(attachmentId);
    if (place === undefined) throw attachmentNotFound();
    await this.#access.check(caller, place.chatId, attachmentNotFound);
    const by = readBy(caller);
    const read = async (): Promise<AttachmentContent> => {
      const file = await readFile(this.#db, this.#storage, place);
      if (file === null) throw attachmentNotFound();
      const { mediaType, data } = file;
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      return { mediaType, data: bytes.toString("base64") };
    };
    if (place.kind === "reference") return this.#reads.run(by, place.file.size, read);
    const sizeOf = ({ data }: AttachmentContent): number => Buffer.byteLength(data, "base64");
    return this.#reads.runUnmeasured(by, maxInlineBytes, read, sizeOf);
  }

  /**
   * Adds the addresses that the app's storage gives.
   *
   * @param row the row that the message was made of.
   */
  async withUrls(row: MessageRow, message: ChatMessage): Promise<ChatMessage> {
    if (this.#storage?.url === undefined || message.attachments.length === 0) return message;
    const stored = new Set(
      userParts(row).flatMap((part) =>
        part.kind === "reference" && part.file.isStored ? [part.file.id] : [],
      ),
    );
    const attachments = message.attachments.map(async (attachment) =>
      stored.has(attachment.id)
        ? { ...attachment, url: await this.#urlOf(message.chatId, attachment) }
        : attachment,
    );
    return { ...message, attachments: await Promise.all(attachments) };
  }

  /** Null when the storage fails: the bytes can still be read with `read`. */
  async #urlOf(chatId: string, attachment: ChatAttachment): Promise<string | null> {
    const { id, name, mediaType, size } = attachment;
    let url: string | null = null;
    await this.#reported(chatId, async () => {
      const given = this.#storage?.url?.(id, { name, mediaType, size }) ?? null;
      url = await inTime(Promise.resolve(given), patienceMs);
      return [];
    });
    return url;
  }

  /**
   * Finds the files of a chat in the app's storage, before the chat is deleted.
   *
   * @returns a function to call afterwards. It deletes the files, and never rejects.
   */
  async collect(chatId: string): Promise<() => Promise<void>> {
    const storage = this.#storage;
    if (storage === undefined) return () => Promise.resolve();
    const where = { chatId, isStored: true };
    const files = (await this.#db.attachment?.findMany({ where, select: { id: true } })) ?? [];
    const keys = files.map((file) => file.id);
    return async () => {
      // What fails here is deleted later, by `#sweep`.
      const deleted = this.#reported(chatId, () => deleteStored(this.#db, storage, keys));
      await settled(
        deleted.then(() => this.#sweep(storage, chatId)),
        patienceMs,
      );
    };
  }

  /** Deletes what processes left behind when they died. */
  async #sweep(storage: AttachmentStorage, chatId: string): Promise<void> {
    const now = performance.now();
    if (now - this.#sweptAt < sweepPauseMs) return;
    this.#sweptAt = now;
    await this.#reported(chatId, async () => {
      const { failures } = await sweepStoredFiles(this.#db, storage);
      return failures;
    });
  }

  /** Runs work that must not fail its caller. */
  async #reported(chatId: string, work: () => Promise<readonly unknown[]>): Promise<void> {
    const report = (error: unknown): void =>
      reportFailure(this.#onError, { task: "attachments", error, chatId, messageId: null });
    try {
      (await work()).forEach(report);
    } catch (error) {
      report(error);
    }
  }
}
