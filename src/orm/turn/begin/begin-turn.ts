import { ChatError } from "../../../chat/chat-error.ts";
import type { WaitingStatus } from "../../../chat/chat-message.ts";
import type { NewFiles } from "../../attachments/add-files.ts";
import { addFiles, checkChatBytes } from "../../attachments/add-files.ts";
import type { Row } from "../../database/client/prisma-client-like.ts";
import type { Database } from "../../database/database.ts";
import { lookAgain } from "../../database/extensions/look-again.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../../database/prisma-errors.ts";
import type { MessageRow } from "../../database/rows.ts";
import { branchTo } from "../../messages/branch-to.ts";
import { placeMessages } from "../../messages/place-messages.ts";
import { chatChangedError, noSuchChat, readChat } from "../../messages/read-chat.ts";
import type { Claim } from "../../usage/account-statements.ts";
import { answerClaim, inScopeGate, makeRoom, RefusedClaim } from "../../usage/claim-room.ts";
import { estimateHistory, knownHistory } from "../../usage/spending.ts";
import type { BegunTurn } from "../begun-turn.ts";
import { recoverChat, recoverMessage } from "../recover.ts";
import { beginSimpleTurn } from "./begin-simple-turn.ts";
import type { Head } from "./head.ts";
import { readHead } from "./head.ts";
import { newMessages } from "./new-messages.ts";
import type { TurnRequest } from "./turn-request.ts";
import { writeTurn } from "./write-turn.ts";

const maxAttempts = 3;
const noFiles: NewFiles = { added: [], maxChatBytes: 0 };

/**
 * Commits the user message and the empty assistant message in one transaction. It takes the chat's lock: `turnLock` is
 * unique, so the database refuses a second turn, whichever process begins it.
 *
 * @throws ChatError `CONFLICT` when an answer is in progress, `NOT_FOUND` when the chat was deleted, `BAD_REQUEST` when
 * the chat would have too many bytes of files, `TOO_MANY_REQUESTS` when a limit or the budget of the scope is reached,
 * `CONFIGURATION` when an extension of the client would make statements wrong in the context of this caller.
 */
export async function beginTurn(db: Database, request: TurnRequest): Promise<BegunTurn> {
  await lookAgain(db);
  try {
    const begin = db.supports("turns") ? beginExclusiveTurn : beginSimpleTurn;
    return await inScopeGate(db, request.spending?.scope, () => begin(db, request));
  } catch (error) {
    // The chat was deleted between two of the statements.
    throw isForeignKeyViolation(error) && request.newChat === undefined ? noSuchChat() : error;
  }
}

/**
 * Checks in advance what would refuse a turn, for a caller who has work to do first. `beginTurn` checks it again.
 *
 * @throws ChatError as `beginTurn` does.
 */
export async function checkTurn(
  db: Database,
  { chat, newChat, user, spending }: Pick<TurnRequest, "chat" | "newChat" | "user" | "spending">,
): Promise<void> {
  const { isFree, waitsFor } = await recoverChat(db, chat.id);
  if (!isFree) throw conflict(waitsFor);
  await checkChatBytes(db, chat.id, user?.files ?? noFiles);
  if (spending === undefined) return;
  const isNewChat = newChat !== undefined;
  const claim = { ...answerClaim(spending, { chatId: chat.id, messageId: "" }, 0), isNewChat };
  await makeRoom(db, claim, { attempt: 1, cause: null, recover: recoverMessage });
}

async function beginExclusiveTurn(db: Database, request: TurnRequest): Promise<BegunTurn> {
  const isNew = request.newChat !== undefined;
  for (let attempt = 1; ; attempt++) {
    let chat = attempt === 1 || isNew ? request.chat : await readChat(db, request.chat.id);
    try {
      let head = await headOf(db, { ...request, chat }, attempt === 1);
      if (head !== null && head.position == null && (await placeMessages(db, chat.id))) {
        chat = await readChat(db, chat.id);
        head = await readHead(db, chat, false);
      }
      const begun = await tryBegin(db, { ...request, chat }, head);
      if (begun !== null) return begun;
    } catch (error) {
      // A limit of the scope is reached.
      if (error instanceof RefusedClaim) {
        await makeRoom(db, error.claim, { attempt, cause: error.cause, recover: recoverMessage });
        continue;
      }
      if (!isUniqueViolation(error)) throw error;
    }
    // Another branch may have become active after the read, or the same message was sent twice.
    const { isFree, waitsFor } = await recoverChat(db, chat.id);
    if (!isFree) throw conflict(waitsFor);
    if (attempt === maxAttempts || isNew) throw chatChangedError();
  }
}

/** @param isFirst true for the first attempt, which takes what was read before. */
async function headOf(
  db: Database,
  { chat, newChat, head }: TurnRequest,
  isFirst: boolean,
): Promise<Head | null> {
  if (newChat !== undefined) return null;
  return isFirst && head !== undefined ? head : readHead(db, chat, isFirst);
}

/** @returns null when the chat has changed since it was read. */
async function tryBegin(
  db: Database,
  request: TurnRequest,
  head: Head | null,
): Promise<BegunTurn | null> {
  const { chat, newChat, spending } = request;
  // Its end may delete it, and the question must not follow what is gone.
  if (head?.turnLock != null) return null;
  const lastPosition = Math.max(chat.lastPosition ?? 0, head?.position ?? 0);
  const { user, assistant } = newMessages(request, head?.id ?? null, lastPosition);
  const rows = user === null ? [assistant] : [user, assistant];
  const branch = await branchChange(db, request, head?.id ?? null);
  const files = user === null ? [] : await addFiles(db, user, request.user?.files ?? noFiles);
  const isFirst = head === null && chat.title == null && request.title !== undefined;
  const changed = {
    lastPosition: lastPosition + rows.length,
    updatedAt: assistant.createdAt,
    ...(isFirst ? db.pick("chat", { title: request.title }) : {}),
  };
  const isWritten = await writeTurn(db, {
    chat,
    newChat,
    changed,
    parentId: (user ?? assistant).parentId ?? null,
    rows: filledColumns(db, rows),
    answerId: assistant.id,
    others: [...files, ...branch],
    claim: await claimFor(db, request, assistant, endOfHistory(request, head)),
  });
  if (!isWritten) return null;
  return { chat: { ...chat, lastPosition: changed.lastPosition }, user, assistant, spending };
}

/** The newest message before the question; undefined on a branch that is not the active one. */
function endOfHistory({ parentId }: TurnRequest, head: Head | null): Head | null | undefined {
  if (parentId === null) return null;
  return parentId === undefined || parentId === head?.id ? head : undefined;
}

async function claimFor(
  db: Database,
  { spending, newChat }: TurnRequest,
  { id: messageId, chatId }: MessageRow,
  head: Head | null | undefined,
): Promise<Claim | null> {
  if (spending === undefined) return null;
  // Without a budget it is only wanted if the process dies.
  const historyTokens =
    spending.budget === null ? (knownHistory(head) ?? 0) : await estimateHistory(db, chatId, head);
  const claim = answerClaim(spending, { chatId, messageId }, historyTokens);
  return newChat === undefined ? claim : { ...claim, isNewChat: true };
}

/** The rows without the columns that are null in all of them, because writing those takes a good part of the time. */
function filledColumns(db: Database, rows: readonly MessageRow[]): Row[] {
  const given: Row[] = rows.map((row) => ({ ...row }));
  const isFilled = (column: string): boolean => given.some((row) => row[column] != null);
  return given.map((row) =>
    db.pick("message", Object.fromEntries(Object.entries(row).filter(([name]) => isFilled(name)))),
  );
}

/** The queries that switch to another branch, unless the new messages follow the newest one of the active branch. */
async function branchChange(db: Database, request: TurnRequest, headId: string | null) {
  const { parentId, chat } = request;
  return parentId === undefined || parentId === headId ? [] : branchTo(db, chat.id, parentId);
}

function conflict(waitsFor: WaitingStatus | null): ChatError {
  return new ChatError("CONFLICT", conflicts[waitsFor ?? "streaming"]);
}

const conflicts = {
  streaming:
    "An answer is already in progress in this chat. Wait until it ends, or stop it, and send again.",
  awaiting_approval:
    "The answer in this chat waits for the approval of a tool. Approve or deny it, or stop the answer, and send again.",
  awaiting_output:
    "The answer in this chat waits for a tool that the page runs. Wait until it ends, or stop it, and send again.",
} as const;
