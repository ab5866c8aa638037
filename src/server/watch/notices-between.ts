import type { ChatNotice } from "../../chat/chat-notice.ts";
import type { Database } from "../../orm/database/database.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import type { ChatState } from "./chat-state.ts";
import { toChatSummary } from "../chats/to-chat-summary.ts";

/** A tab that missed more messages than this is told to load the chat again. */
const maxMissed = 20;

/** What a tab is told that knows one state of a chat, or none, and is to know another. Nothing when they are equal. */
export async function noticesBetween(
  db: Database,
  chatId: string,
  from: ChatState | null,
  to: ChatState,
): Promise<readonly ChatNotice[]> {
  const isUpdated = from?.updatedAt !== to.updatedAt;
  const chat = isUpdated ? await db.chat.findFirst({ where: { id: chatId } }) : null;
  if (isUpdated && chat === null) return [];
  const summary = chat === null ? null : toChatSummary(chat, to.active);
  if (from === null || to.position < from.position || to.position - from.position > maxMissed) {
    return summary === null ? [] : [{ type: "state", chat: summary, newestId: to.newest }];
  }
  const messages = await messageChanges(db, chatId, from, to);
  return summary === null ? messages : [...messages, { type: "chat", chat: summary }];
}

async function messageChanges(
  db: Database,
  chatId: string,
  from: ChatState,
  to: ChatState,
): Promise<ChatNotice[]> {
  const added: MessageRow[] =
    to.position === from.position
      ? []
      : await db.message.findMany({
          where: { chatId, position: { gt: from.position } },
          orderBy: [{ position: "asc" }],
        });
  const notices: ChatNotice[] = [];
  const isOver = from.active !== null && from.active !== to.active;
  const ended = isOver
    ? // The client says what it knows: it may name a message of somebody else.
      await db.message.findFirst({ where: { id: from.active, chatId } })
    : null;
  if (from.active !== null && isOver)
    notices.push({ type: ended === null ? "deleted" : "finished", messageId: from.active });
  for (const { id } of added) notices.push({ type: "created", messageId: id });
  for (const { id, role } of added) {
    // One that has ended since the state was read is told with the next state.
    if (role === "assistant" && id !== to.active) notices.push({ type: "finished", messageId: id });
  }
  const isOtherBranch = to.newest !== from.newest && added.length === 0 && ended === null;
  const isDeletion = isOver && ended === null;
  if (isOtherBranch && !isDeletion && to.newest !== null)
    notices.push({ type: "updated", messageId: to.newest });
  if (to.active !== null && to.active === from.active && to.waiting !== from.waiting)
    notices.push({ type: "updated", messageId: to.active });
  return notices;
}
