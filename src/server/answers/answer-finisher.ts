import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { finishLeaseEnd, finishLeaseMs, maxFinishMs } from "../../orm/turn/finish-turn.ts";
import { wait } from "../../shared/wait.ts";
import type { Metadata } from "../../chat/chat-summary.ts";
import type { AnyOnFinish } from "../answer-finish.ts";
import { typed } from "../tools/router-tools.ts";
import type { ChatRouterOptions } from "../chat-router-options.ts";
import { toChatSummary } from "../chats/to-chat-summary.ts";
import type { MetadataCheck } from "../inputs/check-metadata.ts";
import { reportFailure } from "../report-failure.ts";
import { readMessage } from "../streams/read-saved-message.ts";

/** How long `onFinish` and the schema of the metadata may take, in milliseconds. */
const maxCallMs = 600_000;

const unsettled =
  "The `onFinish` of createChatRouter has not settled within 10 minutes, so the answer counts as told. Give what it waits for a time limit.";

interface FinisherDependencies<Context> {
  readonly options: ChatRouterOptions<Context>;
  readonly db: Database;
  readonly metadata: MetadataCheck;
  /** Keeps the process alive until the promise settles. */
  readonly keepAlive: (work: Promise<void>, message: { chatId: string; id: string }) => void;
}

/**
 * Calls `onFinish` for each answer that has ended. The answer is marked as due from its beginning, so that it is known
 * whichever process ends it. The process that ends it itself has a lease on the call; where that has run out, or the
 * process is gone, the next process that reads the answer takes the mark and calls.
 */
export class AnswerFinisher<Context> {
  readonly #dependencies: FinisherDependencies<Context>;

  constructor(dependencies: FinisherDependencies<Context>) {
    this.#dependencies = dependencies;
  }

  /** Whether answers are marked as due. */
  get isUsed(): boolean {
    return this.#dependencies.options.onFinish !== undefined;
  }

  /**
   * Calls `onFinish` for an answer that this process has ended. Never rejects.
   *
   * @returns the answer with its metadata; without it when the app takes too long.
   */
  async end(ctx: Context | null, message: ChatMessage, isKept: boolean): Promise<ChatMessage> {
    if (!this.isUsed) return message;
    let isDone = false;
    const finished = this.#finish(ctx, message, isKept).finally(() => {
      isDone = true;
    });
    const left = new AbortController();
    const late = wait(maxFinishMs, left.signal).then(() => message);
    const shown = await Promise.race([finished, late]);
    left.abort();
    if (!isDone) this.#keepAlive(finished, message);
    return shown;
  }

  /** Calls `onFinish` in the background for those of the answers for which nobody else does. */
  sweep(rows: readonly MessageRow[], ctx: Context | null = null): void {
    if (!this.isUsed) return;
    const now = Date.now();
    for (const row of rows) {
      const isDue = row.finishDueAt != null && row.finishDueAt.getTime() <= now;
      if (isDue && row.turnLock == null) this.#keepAlive(this.#take(ctx, row), row);
    }
  }

  #keepAlive(work: Promise<unknown>, { id, chatId }: { id: string; chatId: string }): void {
    this.#dependencies.keepAlive(
      work.then(() => undefined),
      { id, chatId },
    );
  }

  /** Takes the mark of an answer, which only one process can. */
  async #take(ctx: Context | null, row: MessageRow): Promise<void> {
    const { db, options } = this.#dependencies;
    const now = new Date();
    const { id, chatId } = row;
    try {
      const { count } = await db.write(() =>
        db.message.updateMany({
          where: { id, turnLock: null, finishDueAt: { lte: now } },
          data: { finishDueAt: finishLeaseEnd(now) },
        }),
      );
      const taken = count === 0 ? null : await db.message.findFirst({ where: { id } });
      if (taken !== null) await this.#finish(ctx, await readMessage(db, taken), true);
    } catch (error) {
      reportFailure(options.onError, { task: "finish", error, chatId, messageId: id });
    }
  }

  /** @param isKept false when the answer was deleted, because it ended with nothing in it. */
  async #finish(ctx: Context | null, message: ChatMessage, isKept: boolean): Promise<ChatMessage> {
    const { options, db } = this.#dependencies;
    const { id, chatId, usage } = message;
    try {
      const chat = await db.chat.findFirst({ where: { id: chatId } });
      // It was deleted with all of its messages.
      if (chat === null) return message;
      const renewal = isKept
        ? setInterval(() => void this.#renew(message), finishLeaseMs / 3).unref()
        : undefined;
      const stored = await this.#result({
        ctx,
        chat: typed(toChatSummary(chat, null)),
        message: typed(message),
        usage,
      })
        .catch((error: unknown) => {
          // The answer counts as told.
          reportFailure(options.onError, { task: "finish", error, chatId, messageId: id });
          return undefined;
        })
        .finally(() => clearInterval(renewal));
      if (!isKept) return message;
      const data = db.pick("message", {
        finishDueAt: null,
        ...(stored === undefined ? {} : { metadata: JSON.stringify(stored) }),
      });
      await db.write(() => db.message.updateMany({ where: { id }, data }));
      return stored === undefined ? message : { ...message, metadata: stored };
    } catch (error) {
      reportFailure(options.onError, { task: "finish", error, chatId, messageId: id });
      return message;
    }
  }

  /** Keeps other processes from calling while the app takes its time. */
  async #renew({ id, chatId }: ChatMessage): Promise<void> {
    const { db, options } = this.#dependencies;
    try {
      const where = { id, finishDueAt: { not: null } };
      const data = { finishDueAt: finishLeaseEnd(new Date()) };
      await db.write(() => db.message.updateMany({ where, data }));
    } catch (error) {
      reportFailure(options.onError, { task: "finish", error, chatId, messageId: id });
    }
  }

  /**
   * Calls `onFinish`, and checks what it returns.
   *
   * @throws whatever the app throws, and an error when it does not settle.
   */
  async #result(finish: Parameters<AnyOnFinish<Context>>[0]): Promise<Metadata | undefined> {
    const { options, metadata } = this.#dependencies;
    const settled = new AbortController();
    const late = wait(maxCallMs, settled.signal).then(() => {
      if (!settled.signal.aborted) throw new Error(unsettled);
      return undefined;
    });
    const call = async (): Promise<Metadata | undefined> =>
      metadata.of((await options.onFinish?.(finish))?.metadata);
    return Promise.race([call(), late]).finally(() => settled.abort());
  }
}
