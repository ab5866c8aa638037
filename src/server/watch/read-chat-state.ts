import { isWaiting } from "../../chat/chat-message.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";
import type { ChatRow, MessageRow } from "../../orm/database/rows.ts";
import { readNewest, selection } from "../../orm/messages/read-branch.ts";
import type { AnswerProgress } from "../../orm/turn/recover.ts";
import { progressColumns } from "../../orm/turn/recover.ts";
import type { ChatState } from "./chat-state.ts";
import { formatState, waitingKey } from "./chat-state.ts";

/** What the state of a chat is made of, besides its newest message. */
export interface ChatRows {
  readonly chatId: string;
  /** Null when the chat does not exist. */
  readonly chat: (Pick<ChatRow, "updatedAt" | "lastPosition"> & Row) | null;
  /** The answer in progress. */
  readonly active: (AnswerProgress & Pick<MessageRow, "position">) | null;
  /** The tool calls whose approval that answer waits for. */
  readonly waitingIds: readonly string[];
}

/**
 * Reads the rows of many chats in two statements, or three when an answer waits for an approval.
 *
 * @param columns further columns of the chats.
 */
export async function readChatRows(
  db: Database,
  chatIds: readonly string[],
  columns: readonly string[] = [],
): Promise<readonly ChatRows[]> {
  const id = { in: [...chatIds] };
  const chats = await db.chat.findMany({
    where: { id },
    select: Object.fromEntries(
      ["id", "updatedAt", "lastPosition", ...columns].map((column) => [column, true as const]),
    ),
  });
  const actives = await db.message.findMany({
    where: { turnLock: id },
    select: selection([...progressColumns, "position"]),
  });
  const waiting = await readWaiting(db, actives);
  return chatIds.map((chatId) => {
    const chat = chats.find((row) => row.id === chatId);
    const active = actives.find((row) => row.turnLock === chatId) ?? null;
    return {
      chatId,
      chat: chat === undefined ? null : { ...chat },
      active,
      waitingIds: waiting.get(active?.id ?? "") ?? [],
    };
  });
}

async function readWaiting(
  db: Database,
  actives: readonly AnswerProgress[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const waiting = new Map<string, string[]>();
  const ids = actives.filter((row) => isWaiting(row.status)).map((row) => row.id);
  if (ids.length === 0) return waiting;
  const calls = await db.toolCall.findMany({
    where: { messageId: { in: ids }, status: { in: ["awaiting_approval", "awaiting_output"] } },
    select: selection(["messageId", "toolCallId", "status"]),
  });
  for (const { messageId, toolCallId, status } of calls)
    waiting.set(messageId, [...(waiting.get(messageId) ?? []), `${status} ${toolCallId}`]);
  return waiting;
}

/**
 * The state that the rows describe: null when the chat does not exist, `known` itself when it has not changed.
 *
 * @returns the state, and whether it is torn: the rows were read one after the other and a turn began in between, so
 * that a message has a higher position than the chat's row says.
 */
export async function readChatState(
  db: Database,
  { chatId, chat, active, waitingIds }: ChatRows,
  known: ChatState | null,
): Promise<{ readonly state: ChatState | null; readonly isTorn: boolean }> {
  if (chat === null) return { state: null, isTorn: false };
  const position = chat.lastPosition ?? 0;
  const state: ChatState = {
    updatedAt: chat.updatedAt.getTime(),
    position,
    newestId: known?.newestId ?? null,
    activeId: active?.id ?? null,
    waiting: waitingKey(active === null ? [] : waitingIds),
  };
  if (known !== null && formatState(known) === formatState(state))
    return { state: known, isTorn: false };
  const [newest] = await readNewest(db, chatId, 1, { columns: [] });
  const isTorn = [active, newest].some((row) => (row?.position ?? 0) > position);
  return { state: { ...state, newestId: newest?.id ?? null }, isTorn };
}
