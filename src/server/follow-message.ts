import type { ChatMessage } from "../chat/chat-message.ts";
import { LiveMessage } from "../chat/live-message.ts";
import type { Database } from "../orm/database.ts";
import { readToolCalls } from "../orm/history.ts";
import { recoverMessage, savedAnswer } from "../orm/recover.ts";
import type { MessageRow } from "../orm/rows.ts";
import { toChatMessage } from "../orm/to-chat-message.ts";
import { toChatToolCall } from "../orm/turn-state.ts";

const pollMs = 400;

interface Follower {
  readonly live: LiveMessage;
  readers: number;
  readonly abort: AbortController;
}

/**
 * Answers that another process produces, read from what it saves. Each is followed once, for as long as
 * somebody reads it.
 */
export class MessageFollowers {
  readonly #db: Database;
  readonly #followers = new Map<string, Promise<Follower>>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Calls `read` with the answer while it is followed. */
  async *read<Item>(
    row: MessageRow,
    read: (live: LiveMessage) => AsyncGenerator<Item, void, undefined>,
  ): AsyncGenerator<Item, void, undefined> {
    const pending = this.#followers.get(row.id) ?? this.#start(row);
    this.#followers.set(row.id, pending);
    const follower = await pending.catch((error: unknown) => {
      this.#followers.delete(row.id);
      throw error;
    });
    follower.readers++;
    try {
      yield* read(follower.live);
    } finally {
      follower.readers--;
      if (follower.readers === 0) {
        follower.abort.abort();
        if (this.#followers.get(row.id) === pending) this.#followers.delete(row.id);
      }
    }
  }

  async #start(row: MessageRow): Promise<Follower> {
    const { message, seq } = await readSaved(this.#db, row);
    const live = new LiveMessage(message);
    const abort = new AbortController();
    void this.#follow(live, seq, abort.signal);
    return { live, readers: 0, abort };
  }

  async #follow(live: LiveMessage, startSeq: number, signal: AbortSignal): Promise<void> {
    let seq = startSeq;
    while (!signal.aborted && live.final === null) {
      await wait(pollMs, signal);
      if (signal.aborted) return;
      try {
        seq = await this.#poll(live, seq);
      } catch {
        // The database is away for the moment: the readers keep what they have, and the next poll asks again.
      }
    }
  }

  async #poll(live: LiveMessage, seq: number): Promise<number> {
    const row = await this.#db.message.findFirst({ where: { id: live.id } });
    if (row === null) {
      live.finish({ ...live.snapshot(), status: "stopped" });
      return seq;
    }
    const ended = row.turnLock == null ? row : await recoverMessage(this.#db, row);
    if (ended !== null) {
      live.finish(await readMessage(this.#db, ended));
      return seq;
    }
    const chunks =
      (await this.#db.chunk?.findMany({
        where: { messageId: live.id, seq: { gt: seq } },
        orderBy: { seq: "asc" },
      })) ?? [];
    const mayHaveTools = live.cursor.tools > 0 || chunks.some((chunk) => chunk.kind === "tool");
    const toolCalls = mayHaveTools
      ? (await readToolCalls(this.#db, [row])).map((call) => toChatToolCall(call))
      : [];
    for (const { kind, text } of chunks) {
      if (kind === "text" || kind === "thinking") live.append(kind, text);
      const call = kind === "tool" ? toolCalls.find((one) => one.toolCallId === text) : undefined;
      if (call !== undefined) live.setToolCall(call);
    }
    for (const call of toolCalls) if (call.result !== null) live.setToolCall(call);
    return chunks.at(-1)?.seq ?? seq;
  }
}

/** A message as it is stored, with its tool calls. */
export async function readMessage(db: Database, row: MessageRow): Promise<ChatMessage> {
  return toChatMessage(row, { toolCalls: await readToolCalls(db, [row]) });
}

/** A message in progress as far as it has been saved. */
export async function readSaved(
  db: Database,
  row: MessageRow,
): Promise<{ message: ChatMessage; seq: number }> {
  const chunks =
    (await db.chunk?.findMany({ where: { messageId: row.id }, orderBy: { seq: "asc" } })) ?? [];
  const toolCalls = await readToolCalls(db, [row]);
  const saved = savedAnswer(
    chunks,
    toolCalls.map((call) => call.toolCallId),
  );
  const status = saved.parts === null ? row.status : "streaming";
  const current = {
    ...row,
    content: saved.content,
    thinkingText: saved.thinking,
    parts: saved.parts,
  };
  return {
    message: toChatMessage(
      { ...current, ...(status === undefined ? {} : { status }) },
      { toolCalls },
    ),
    seq: chunks.at(-1)?.seq ?? -1,
  };
}

async function wait(delay: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delay);
    signal.addEventListener("abort", done, { once: true });
  });
}
