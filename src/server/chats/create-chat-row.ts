import { randomUUID } from "node:crypto";
import type { CreateChatInput } from "../../chat/chat-procedures.ts";
import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/client/prisma-client-like.ts";
import type { OpenedChat } from "../../orm/turn/begin/open-chat.ts";
import type { ChatRow } from "../../orm/database/rows.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import { withRoom } from "../../orm/usage/claim-room.ts";
import type { AccountLimits } from "../../orm/usage/account-statements.ts";
import { scopeKey } from "../../orm/usage/scope-key.ts";
import type { ChatModelList } from "./chat-model-list.ts";
import { chatSettingColumns } from "./chat-setting-columns.ts";

/**
 * The columns of a new chat in a scope.
 *
 * @throws ChatError `BAD_REQUEST` when the model is not offered.
 */
export function newChatColumns(
  db: Database,
  scope: Row,
  models: ChatModelList,
  input: CreateChatInput,
): Row {
  if (input.model !== undefined) models.check(input.model);
  const model = input.model ?? models.default;
  return { ...chatSettingColumns(db, { ...input, model }), ...db.pick("chat", scope) };
}

/**
 * Creates a chat.
 *
 * @throws ChatError `TOO_MANY_REQUESTS` when the scope has created too many within a minute.
 */
export async function createChatRow(
  db: Database,
  scope: Row,
  data: Row,
  limits: AccountLimits,
): Promise<ChatRow> {
  const claim = { scope: scopeKey(scope), hold: null, limits, budget: null };
  return withRoom(db, claim, recoverMessage, (taking) => db.createChat(data, taking));
}

/** A chat that its first message makes. */
export interface NewChat extends OpenedChat {
  /** Its columns, for the transaction of the message. */
  readonly columns: Row;
}

/**
 * Prepares a chat. Writes nothing.
 *
 * @throws ChatError `BAD_REQUEST` when the model is not offered.
 */
export function prepareChat(
  db: Database,
  scope: Row,
  models: ChatModelList,
  input: CreateChatInput,
): NewChat {
  const { instructions = null, metadata = null, title = null, temperature = null } = input;
  const id = randomUUID();
  const createdAt = new Date();
  const columns = { ...newChatColumns(db, scope, models, input), id, createdAt };
  const chat = {
    ...columns,
    model: input.model ?? models.default,
    provider: null,
    instructions,
    metadata,
    title,
    temperature,
    updatedAt: createdAt,
    lastPosition: 0,
  };
  return { chat, head: undefined, columns };
}
