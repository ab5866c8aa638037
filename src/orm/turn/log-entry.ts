import type { Database } from "../database/database.ts";
import type { ChunkRow, NewChunk } from "../database/rows.ts";

/**
 * One entry in the log of an answer: a row of `LlmMessageChunk`. An entry has a number (`seq`), and the database takes
 * each number once: so whoever writes an entry first decides, and the other one finds out by its own failed write.
 *
 * | kind       | written by                               | read by                      | says                                             |
 * | ---------- | ---------------------------------------- | ---------------------------- | ------------------------------------------------ |
 * | `text`     | the producer, every 250 ms               | readers elsewhere, recovery  | a piece of the content                           |
 * | `thinking` | the producer, every 250 ms               | readers elsewhere, recovery  | a piece of the thinking                          |
 * | `tool`     | the producer, when the model calls one   | readers elsewhere, recovery  | where in the answer the tool call stands         |
 * | `beat`     | the producer, when there is nothing else | recovery                     | the process lives                                |
 * | `stop`     | `requestStop`, in any process            | the producer                 | end the answer; its text stays                   |
 * | `fence`    | recovery, in any process                 | the producer                 | the answer was ended: write nothing more         |
 * | `approval` | the producer, when it suspends           | recovery, readers elsewhere  | the answer waits, in the database alone          |
 * | `resume`   | the process that continues it            | that process, recovery       | the answer goes on; its log continues after this |
 */
export type LogEntry =
  | { readonly kind: "text" | "thinking"; readonly text: string }
  | { readonly kind: "tool"; readonly toolCallId: string }
  | { readonly kind: "beat" | "stop" | "fence" | "resume" }
  /** @property timeoutMs for how long the answer waits, in milliseconds. */
  | { readonly kind: "approval"; readonly timeoutMs: number };

/** Where an entry stands. */
export interface LogPlace {
  readonly messageId: string;
  readonly seq: number;
  /** Milliseconds since the message was created, by the clock of the process that wrote the entry. */
  readonly at: number;
}

export type StoredEntry = LogEntry & LogPlace;

/** The columns of an entry. */
export function encodeEntry(entry: LogEntry, { messageId, seq, at }: LogPlace): NewChunk {
  return {
    messageId,
    seq,
    kind: entry.kind,
    text: "text" in entry ? entry.text : "",
    at,
    toolCallId: entry.kind === "tool" ? entry.toolCallId : null,
    timeoutMs: entry.kind === "approval" ? entry.timeoutMs : null,
  };
}

/** @throws Error for a kind that this version does not know: a newer one wrote it. */
export function decodeEntry(row: ChunkRow): StoredEntry {
  const { messageId, seq, at, kind, text, toolCallId, timeoutMs } = row;
  const place = { messageId, seq, at };
  switch (kind) {
    case "text":
    case "thinking":
      return { ...place, kind, text };
    case "tool":
      return { ...place, kind, toolCallId: toolCallId ?? "" };
    case "approval":
      return { ...place, kind, timeoutMs: timeoutMs ?? 0 };
    case "beat":
    case "stop":
    case "fence":
    case "resume":
      return { ...place, kind };
    default:
      throw new Error(
        `The log of the message ${messageId} has an entry of the unknown kind "${kind}". Update node-llm-trpc in this process.`,
      );
  }
}

/** The entries of a log, in their order, from the number `from` on. */
export async function readLog(db: Database, messageId: string, from = 0): Promise<StoredEntry[]> {
  const where = { messageId, ...(from > 0 ? { seq: { gte: from } } : {}) };
  const rows = (await db.chunk?.findMany({ where, orderBy: { seq: "asc" } })) ?? [];
  return rows.map(decodeEntry);
}

/** The newest entry of a log, or the newest one of a kind; null when there is none. */
export async function readNewestEntry(
  db: Database,
  messageId: string,
  kind?: LogEntry["kind"],
): Promise<StoredEntry | null> {
  const where = { messageId, ...(kind === undefined ? {} : { kind }) };
  const row = await db.chunk?.findFirst({ where, orderBy: { seq: "desc" } });
  return row == null ? null : decodeEntry(row);
}
