import type { ChatMessage } from "../../chat/chat-message.ts";
import { isWaiting } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import { readToolCalls } from "../../orm/messages/read-branch.ts";
import type { StoredEntry } from "../../orm/turn/log-entry.ts";
import { latestProgress, readLog } from "../../orm/turn/log-entry.ts";
import { isBeingTold } from "../../orm/turn/finish-turn.ts";
import { savedAnswer } from "../../orm/turn/recover.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";

/** An answer in progress as far as it is saved. */
export interface SavedMessage {
  readonly message: ChatMessage;
  /** The entries of its log, whose text the message contains. */
  readonly entries: readonly StoredEntry[];
}

/** Turns the row of a message that has ended into the message, with its tool calls. */
export async function readMessage(db: Database, row: MessageRow): Promise<ChatMessage> {
  return toChatMessage(row, { toolCalls: await readToolCalls(db, [row]) });
}

/** Does the same for readers, who wait for an end that is being told. */
export async function readShown(db: Database, row: MessageRow): Promise<ChatMessage> {
  return asShown(row, await readMessage(db, row));
}

/** The message of an ended row as readers get it: in progress while somebody is being told of its end. */
export function asShown(row: MessageRow, message: ChatMessage): ChatMessage {
  if (!isBeingTold(row)) return message;
  return { ...message, status: "streaming", finishReason: null, error: null, finishedAt: null };
}

/** Reads an answer in progress as far as it is saved, or as it ended if it has ended since its row was read. */
export async function readSavedMessage(db: Database, staleRow: MessageRow): Promise<SavedMessage> {
  const { row, entries } = await readRowAndLog(db, staleRow);
  if (row.turnLock == null) return { message: await readShown(db, row), entries: [] };
  // The row of a tool call is written before the text that precedes it. Until that is saved, the call has no place.
  const logged = new Set(entries.map((entry) => (entry.kind === "tool" ? entry.toolCallId : "")));
  const progress = latestProgress(entries);
  const toolCalls =
    row.parts == null && !entries.some((entry) => entry.kind === "tool")
      ? []
      : await readToolCalls(db, [row]);
  const placed = toolCalls
    .filter(
      ({ toolCallId }) => logged.has(toolCallId) || row.parts?.includes(JSON.stringify(toolCallId)),
    )
    .map((call) => ({ ...call, ...progressIn(progress.get(call.toolCallId)) }));
  const saved = savedAnswer(row, entries, placed);
  const isSilent = saved.parts === null || isWaiting(row.status);
  const status = isSilent ? row.status : "streaming";
  const message = toChatMessage(
    { ...row, ...saved, ...(status === undefined ? {} : { status }) },
    { toolCalls: placed },
  );
  return { message, entries };
}

function progressIn(entry: { readonly text: string; readonly revision: number } | undefined) {
  return entry === undefined ? {} : { progress: entry.text, revision: entry.revision };
}

/** Whether such an entry shows that text which was in the log is in the row by now. */
function isMark(kind: StoredEntry["kind"]): boolean {
  return kind === "approval" || kind === "fence";
}

/**
 * Reads the row and the log entries after it. When an answer is suspended, its earlier entries become part of the row.
 */
async function readRowAndLog(
  db: Database,
  staleRow: MessageRow,
): Promise<{ readonly row: MessageRow; readonly entries: readonly StoredEntry[] }> {
  for (let row = staleRow; ;) {
    const entries = await readLog(db, row.id);
    const isWhole = entries[0]?.seq === 0 && !entries.some(({ kind }) => isMark(kind));
    if (isWhole) return { row, entries };
    const latest = await db.message.findFirst({ where: { id: row.id } });
    if (latest === null) return { row, entries };
    // Each suspension adds at least one part to the row: the call that waits for approval.
    if (latest.turnLock == null || latest.parts === row.parts) return { row: latest, entries };
    row = latest;
  }
}
