import type { ChatNotice } from "../../chat/chat-notice.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";
import type { MessageRow } from "../../orm/database/rows.ts";
import { toChatSummary } from "../chats/to-chat-summary.ts";
import type { ChatState } from "./chat-state.ts";

/** A client that missed more messages than this gets the state of the chat instead of one notice each. */
const maxMissedMessages = 20;

/** Notices, and the chat's row, which was read after all that they say; null when the chat is gone. */
export interface ReadNotices {
  readonly notices: readonly ChatNotice[];
  readonly row: Row | null;
}

/**
 * What to tell a client that knows the state `from`, or no state, so that it knows `to`. Empty when nothing differs, or
 * the chat is gone.
 */
export async function noticesBetween(
  db: Database,
  chatId: string,
  from: ChatState | null,
  to: ChatState,
): Promise<ReadNotices> {
  const isResumable =
    from !== null &&
    to.position >= from.position &&
    to.position - from.position <= maxMissedMessages;
  const notices = isResumable ? await messageNotices(db, chatId, from, to) : [];
  // Read last: a user who may see the chat now may know what was read before.
  const row = await db.chat.findFirst({ where: { id: chatId } });
  if (row === null) return { notices: [], row: null };
  const ofChat = (): ChatNotice[] => {
    if (from?.updatedAt === to.updatedAt) return [];
    const chat = toChatSummary(row, to.activeId);
    return [isResumable ? { type: "chat", chat } : { type: "state", chat, newestId: to.newestId }];
  };
  return { notices: [...notices, ...ofChat()], row: { ...row } };
}

async function messageNotices(
  db: Database,
  chatId: string,
  from: ChatState,
  to: ChatState,
): Promise<ChatNotice[]> {
  const notices: ChatNotice[] = [];
  const endedId = from.activeId === to.activeId ? null : from.activeId;
  if (endedId !== null) {
    // `from` comes from the client: the id may belong to a message outside its scope.
    const ended = await db.message.findFirst({ where: { id: endedId, chatId } });
    notices.push({ type: ended === null ? "deleted" : "finished", messageId: endedId });
  }
  const added = await readAdded(db, chatId, from, to);
  for (const { id } of added) notices.push({ type: "created", messageId: id });
  for (const { id, role } of added) {
    // `activeId` may have ended since `to` was read. The next state says so.
    if (role === "assistant" && id !== to.activeId)
      notices.push({ type: "finished", messageId: id });
  }
  const isOtherBranch = to.newestId !== from.newestId && added.length === 0 && endedId === null;
  if (isOtherBranch && to.newestId !== null)
    notices.push({ type: "updated", messageId: to.newestId });
  if (to.activeId !== null && to.activeId === from.activeId && to.waiting !== from.waiting)
    notices.push({ type: "updated", messageId: to.activeId });
  return notices;
}

async function readAdded(
  db: Database,
  chatId: string,
  from: ChatState,
  to: ChatState,
): Promise<readonly MessageRow[]> {
  if (to.position === from.position) return [];
  return db.message.findMany({
    where: { chatId, position: { gt: from.position, lte: to.position } },
    orderBy: [{ position: "asc" }],
  });
}
