import type { Database } from "../database/database.ts";
import type { Row } from "../database/client/prisma-client-like.ts";
import type { LiveDataPart } from "../../chat/answer-fold.ts";
import type { ChunkRow, NewChunk } from "../database/rows.ts";

/**
 * An entry in the log of an answer: a row of `LlmMessageChunk`. Entries are numbered (`seq`), and the database accepts
 * each number once. Of two processes that write the next entry, the first one decides, and the other one learns of it
 * because its own write fails.
 *
 * | kind       | written by                     | read by                                 | meaning                                  |
 * | ---------- | ------------------------------ | --------------------------------------- | ---------------------------------------- |
 * | `text`     | the producer, every 250 ms     | remote readers, recovery                | the next piece of the content            |
 * | `thinking` | the producer, every 250 ms     | remote readers, recovery                | the next piece of the thinking           |
 * | `tool`     | the producer, on a tool call   | remote readers, recovery                | the place of the call in the answer      |
 * | `writing`  | the producer, before `tool`    | remote readers                          | the model begins to write a call         |
 * | `arguments`| the producer, every 250 ms     | remote readers                          | the next piece of the call's arguments   |
 * | `progress` | the producer, every 250 ms     | remote readers, recovery                | what a tool has reported, if it is new   |
 * | `data`     | the producer, every 250 ms     | remote readers, recovery                | data of the app, if it is new            |
 * | `beat`     | the producer, while idle       | recovery                                | the producer is alive                    |
 * | `stop`     | `requestStop`                  | the producer, `requestStop`             | end the answer and keep its text         |
 * | `fence`    | `endUnowned`                   | the producer, recovery                  | the answer has ended: write nothing more |
 * | `approval` | the producer, on suspension    | remote readers, recovery, `requestStop` | the answer waits for approval            |
 * | `resume`   | whichever process continues it | that process                            | the answer continues after this entry    |
 */
export type LogEntry =
  | { readonly kind: "text" | "thinking"; readonly text: string }
  | { readonly kind: "tool"; readonly toolCallId: string }
  /** `text` is the name of the tool. */
  | { readonly kind: "writing"; readonly toolCallId: string; readonly text: string }
  | { readonly kind: "arguments"; readonly toolCallId: string; readonly text: string }
  /** `text` is JSON; `revision` is the number of the report. */
  | {
      readonly kind: "progress";
      readonly toolCallId: string;
      readonly text: string;
      readonly revision: number;
    }
  /** `part` is null when the text of the entry was not read. */
  | { readonly kind: "data"; readonly part: LiveDataPart | null }
  | { readonly kind: "beat" | "stop" | "fence" | "resume" }
  /** `timeoutMs` is how long the answer waits, in milliseconds. */
  | { readonly kind: "approval"; readonly timeoutMs: number };

/** The place of an entry in a log. */
export interface LogPlace {
  readonly messageId: string;
  /** The number of the entry, from 0. */
  readonly seq: number;
  /** Milliseconds since the message was created, by the clock of the process that wrote the entry. */
  readonly at: number;
}

/** An entry as it is in the database. */
export type StoredEntry = LogEntry & LogPlace;

/** The columns of an entry. `decodeEntry` is its inverse. */
export function encodeEntry(entry: LogEntry, { messageId, seq, at }: LogPlace): NewChunk {
  return {
    messageId,
    seq,
    kind: entry.kind,
    text: textOf(entry),
    at,
    toolCallId: "toolCallId" in entry ? entry.toolCallId : null,
    timeoutMs: entry.kind === "approval" ? entry.timeoutMs : null,
  };
}

function textOf(entry: LogEntry): string {
  if (entry.kind === "data") return entry.part === null ? "" : JSON.stringify(entry.part);
  if (entry.kind === "progress") return `${entry.revision} ${entry.text}`;
  return "text" in entry ? entry.text : "";
}

/**
 * The entry in a row. `encodeEntry` is its inverse.
 *
 * @throws Error when this version does not know the kind of entry, because a newer version wrote it.
 */
export function decodeEntry(row: ChunkRow): StoredEntry {
  const { messageId, seq, at, kind, text, toolCallId, timeoutMs } = row;
  const place = { messageId, seq, at };
  switch (kind) {
    case "text":
    case "thinking":
      return { ...place, kind, text };
    case "tool":
      return { ...place, kind, toolCallId: toolCallId ?? "" };
    case "writing":
    case "arguments":
      return { ...place, kind, toolCallId: toolCallId ?? "", text };
    case "data": {
      // Its writer has written nothing else.
      const part: LiveDataPart | null = text === "" ? null : JSON.parse(text);
      return { ...place, kind, part };
    }
    case "progress": {
      const space = text.indexOf(" ");
      const revision = Number(text.slice(0, space));
      return {
        ...place,
        kind,
        toolCallId: toolCallId ?? "",
        revision,
        text: text.slice(space + 1),
      };
    }
    case "approval":
      // Its writer always sets it; an answer must not expire because of a row that lacks it.
      return { ...place, kind, timeoutMs: timeoutMs ?? Infinity };
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

/** The newest progress of each tool call, by its id. */
export function latestProgress(
  entries: readonly LogEntry[],
): ReadonlyMap<string, Extract<LogEntry, { readonly kind: "progress" }>> {
  return new Map(
    entries.flatMap((entry) => (entry.kind === "progress" ? [[entry.toolCallId, entry]] : [])),
  );
}

/** Reads the entries of a log in their order, from the number `from` on. */
export async function readLog(db: Database, messageId: string, from = 0): Promise<StoredEntry[]> {
  const where = { messageId, ...(from > 0 ? { seq: { gte: from } } : {}) };
  const rows = await readRows(db, where);
  return rows.map(decodeEntry);
}

/**
 * Reads rows of a log. Raw statements write entries without a text past an extension that encrypts texts, so it is not
 * asked to decrypt those.
 */
async function readRows(db: Database, where: Row): Promise<ChunkRow[]> {
  const { chunk } = db;
  if (chunk === null) return [];
  const orderBy = { seq: "asc" };
  if (!db.logsByCalls) return chunk.findMany({ where, orderBy });
  const texts = await chunk.findMany({ where: { ...where, kind: { in: textKinds } }, orderBy });
  const others = await chunk.findMany({
    where: { ...where, kind: { notIn: textKinds } },
    orderBy,
    select: withoutText,
  });
  return [...texts, ...others.map((row) => ({ ...row, text: "" }))].toSorted(
    (a, b) => a.seq - b.seq,
  );
}

const textKinds = ["text", "thinking", "writing", "arguments", "progress", "data"];
const withoutText = {
  messageId: true,
  seq: true,
  kind: true,
  at: true,
  toolCallId: true,
  timeoutMs: true,
} as const;

/** Reads the newest entry of a log, or the newest one of a kind. Null when there is none. */
export async function readNewestEntry(
  db: Database,
  messageId: string,
  kind?: LogEntry["kind"],
): Promise<StoredEntry | null> {
  const where = { messageId, ...(kind === undefined ? {} : { kind }) };
  // Nobody needs the text of the newest entry.
  const row = await db.chunk?.findFirst({ where, orderBy: { seq: "desc" }, select: withoutText });
  return row == null ? null : decodeEntry({ ...row, text: "" });
}
