import { ChatError } from "../../../chat/chat-error.ts";
import type { WaitingStatus } from "../../../chat/chat-message.ts";
import type { NewFiles } from "../../attachments/add-files.ts";
import { addFiles, checkChatBytes } from "../../attachments/add-files.ts";
import type { Database } from "../../database/database.ts";
import { lookAgain } from "../../database/extensions/look-again.ts";
import { isForeignKeyViolation, isUniqueViolation } from "../../database/prisma-errors.ts";
import { branchTo } from "../../messages/branch-to.ts";
import { placeMessages } from "../../messages/place-messages.ts";
import { chatChangedError, noSuchChat, readChat } from "../../messages/read-chat.ts";
import { answerClaim, inScopeGate, makeRoom, RefusedClaim } from "../../usage/claim-room.ts";
import type { BegunTurn } from "../begun-turn.ts";
import { recoverChat, recoverMessage } from "../recover.ts";
import { beginSimpleTurn } from "./begin-simple-turn.ts";
import type { Head } from "./head.ts";
import { readHead } from "./head.ts";
import type { TurnDraft } from "./draft-turn.ts";
import { begunTurn, draftTurn } from "./draft-turn.ts";
import type { TurnRequest } from "./turn-request.ts";
import { canWriteRaw, writeRaw, writeWithCalls } from "./write-turn.ts";

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
      let draft = attempt === 1 ? draftEarly(db, request) : null;
      const isEarly = draft !== null;
      if (draft === null) {
        let head = isNew ? null : await readHead(db, chat, attempt === 1);
        if (head !== null && head.position == null && (await placeMessages(db, chat.id))) {
          chat = await readChat(db, chat.id);
          head = await readHead(db, chat, false);
        }
        draft = draftTurn(db, { ...request, chat }, head);
      }
      if (await write(db, draft, isEarly)) return begunTurn(draft);
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

/**
 * The turn after the newest message that was read with the chat. Null unless raw statements write it: only these make
 * sure that nothing has happened to that message since.
 */
function draftEarly(db: Database, request: TurnRequest): TurnDraft | null {
  const { head } = request;
  if (head === undefined || !isPlain(request, head)) return null;
  const draft = draftTurn(db, request, head);
  return canWriteRaw(db, draft) ? draft : null;
}

/** Whether a turn is nothing but messages after the newest one of a chat, or the first ones of a new chat. */
function isPlain({ parentId, user }: TurnRequest, head: Head | null): boolean {
  const files = user?.files?.added ?? [];
  const isNext = parentId === undefined || parentId === (head?.id ?? null);
  return isNext && files.length === 0;
}

/**
 * @param isEarly true when the newest message was read with the chat.
 * @returns false when the chat has changed since; nothing was written then.
 */
async function write(db: Database, draft: TurnDraft, isEarly: boolean): Promise<boolean> {
  const { request, head, user } = draft;
  // Its end may delete it, and the question must not follow what is gone.
  if (head?.turnLock != null) return false;
  if (isPlain(request, head) && canWriteRaw(db, draft))
    return writeRaw(db, draft, { isEmpty: isEarly && head === null });
  const branch = await branchChange(db, request, head?.id ?? null);
  const files = user === null ? [] : await addFiles(db, user, request.user?.files ?? noFiles);
  return writeWithCalls(db, draft, [...files, ...branch]);
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
