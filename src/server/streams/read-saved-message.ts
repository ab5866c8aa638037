import type { ChatMessage } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import { readToolCalls } from "../../orm/messages/read-branch.ts";
import type { StoredEntry } from "../../orm/turn/log-entry.ts";
import { readLog } from "../../orm/turn/log-entry.ts";
import { savedAnswer } from "../../orm/turn/recover.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { toChatMessage } from "../../orm/messages/to-chat-message.ts";

/** A message in progress as far as it has been saved, and the pieces of its log. */
export interface SavedMessage {
  readonly message: ChatMessage;
  readonly entries: readonly StoredEntry[];
}

/** A message as it is stored, with its tool calls. */
export async function readMessage(db: Database, row: MessageRow): Promise<ChatMessage> {
  return toChatMessage(row, { toolCalls: await readToolCalls(db, [row]) });
}

/** A message in progress as far as it has been saved; as it ended, when it has ended since its row was read. */
export async function readSaved(db: Database, given: MessageRow): Promise<SavedMessage> {
  const { row, entries } = await readRowAndLog(db, given);
  if (row.turnLock == null) return { message: await readMessage(db, row), entries: [] };
  // A tool call has its row before the text in front of it is saved: without that text its place is not known.
  const logged = new Set(entries.map((entry) => (entry.kind === "tool" ? entry.toolCallId : "")));
  const toolCalls =
    row.parts == null && !entries.some((entry) => entry.kind === "tool")
      ? []
      : await readToolCalls(db, [row]);
  const placed = toolCalls.filter(
    ({ toolCallId }) => logged.has(toolCallId) || row.parts?.includes(JSON.stringify(toolCallId)),
  );
  const saved = savedAnswer(row, entries, placed);
  const isSilent = saved.parts === null || row.status === "awaiting_approval";
  const status = isSilent ? row.status : "streaming";
  const current = { ...row, ...saved };
  const message = toChatMessage(
    { ...current, ...(status === undefined ? {} : { status }) },
    { toolCalls: placed },
  );
  return { message, entries };
}

/** A row, and the pieces that belong behind it: those in front become a part of it when the answer waits. */
async function readRowAndLog(
  db: Database,
  given: MessageRow,
): Promise<{ readonly row: MessageRow; readonly entries: readonly StoredEntry[] }> {
  for (let row = given; ;) {
    const entries = await readLog(db, given.id);
    const isWhole = entries[0]?.seq === 0 && !entries.some((entry) => entry.kind === "approval");
    if (isWhole) return { row, entries };
    const now = await db.message.findFirst({ where: { id: given.id } });
    if (now === null) return { row, entries };
    // Each time that it waits there is one more part in the row: the call that it waits for.
    if (now.turnLock == null || now.parts === row.parts) return { row: now, entries };
    row = now;
  }
}
