import type { Row } from "../../database/client/prisma-client-like.ts";
import type { Database } from "../../database/database.ts";
import type { ChatRow, MessageRow } from "../../database/rows.ts";
import type { Claim } from "../../usage/account-statements.ts";
import { answerClaim } from "../../usage/claim-room.ts";
import { estimateHistory, knownHistory } from "../../usage/spending.ts";
import type { BegunTurn } from "../begun-turn.ts";
import type { Head } from "./head.ts";
import { newMessages } from "./new-messages.ts";
import type { TurnRequest } from "./turn-request.ts";

/** A turn before it is written. */
export interface TurnDraft {
  readonly request: TurnRequest;
  /** The newest message of the chat; null when there is none. */
  readonly head: Head | null;
  readonly user: MessageRow | null;
  readonly assistant: MessageRow;
  /** The columns of the new messages that are not null in all of them. */
  readonly rows: readonly Row[];
  /** The columns of the chat that change. */
  readonly changed: Row & { readonly lastPosition: number };
}

/** Makes the rows of a turn. */
export function draftTurn(db: Database, request: TurnRequest, head: Head | null): TurnDraft {
  const { chat } = request;
  const position = Math.max(chat.lastPosition ?? 0, head?.position ?? 0);
  const { user, assistant } = newMessages(request, head?.id ?? null, position);
  const messages = user === null ? [assistant] : [user, assistant];
  const isFirst = head === null && chat.title == null && request.title !== undefined;
  const changed = {
    lastPosition: position + messages.length,
    updatedAt: assistant.createdAt,
    ...(isFirst ? db.pick("chat", { title: request.title }) : {}),
  };
  return { request, head, user, assistant, rows: filledColumns(db, messages), changed };
}

/** The turn of a draft that was written. */
export function begunTurn({ request, user, assistant, changed }: TurnDraft): BegunTurn {
  const { chat: given, spending } = request;
  const chat: ChatRow = { ...given, lastPosition: changed.lastPosition };
  return { chat, user, assistant, spending };
}

/** What the answer wants of the limits of its scope; null when nobody pays for it. */
export async function claimOfDraft(
  db: Database,
  { request, head, assistant }: TurnDraft,
): Promise<Claim | null> {
  const { spending, newChat } = request;
  if (spending === undefined) return null;
  const { id: messageId, chatId } = assistant;
  const end = endOfHistory(request, head);
  // Without a budget it is only wanted if the process dies.
  const historyTokens =
    spending.budget === null ? (knownHistory(end) ?? 0) : await estimateHistory(db, chatId, end);
  const claim = answerClaim(spending, { chatId, messageId }, historyTokens);
  return newChat === undefined ? claim : { ...claim, isNewChat: true };
}

/** The newest message before the question; undefined on a branch that is not the active one. */
function endOfHistory({ parentId }: TurnRequest, head: Head | null): Head | null | undefined {
  if (parentId === null) return null;
  return parentId === undefined || parentId === head?.id ? head : undefined;
}

/** The rows without the columns that are null in all of them, because writing those takes a good part of the time. */
function filledColumns(db: Database, rows: readonly MessageRow[]): Row[] {
  const given: Row[] = rows.map((row) => ({ ...row }));
  const isFilled = (column: string): boolean => given.some((row) => row[column] != null);
  return given.map((row) =>
    db.pick("message", Object.fromEntries(Object.entries(row).filter(([name]) => isFilled(name)))),
  );
}
