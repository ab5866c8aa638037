import type { Database } from "../../orm/database/database.ts";
import type { Row } from "../../orm/database/prisma-client-like.ts";
import type { ChatRow } from "../../orm/database/rows.ts";
import { recoverMessage } from "../../orm/turn/recover.ts";
import { withRoom } from "../../orm/usage/claim-room.ts";
import type { AccountLimits } from "../../orm/usage/account-statements.ts";
import { scopeKey } from "../../orm/usage/scope-key.ts";

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
