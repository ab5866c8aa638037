import { ChatError } from "../chat/chat-error.ts";
import type { Database } from "../orm/database/database.ts";
import type { Row } from "../orm/database/prisma-client-like.ts";

/**
 * The caller's scope as a filter. Prisma takes `undefined` for "no filter", which would show every chat to a
 * caller without a user id: so it is refused.
 */
export function scopeColumns(scope: Row | undefined, db: Database): Row {
  const columns = scope ?? {};
  for (const [column, value] of Object.entries(columns)) {
    if (!db.has("chat", column)) {
      throw new ChatError(
        "CONFIGURATION",
        `createChatRouter: \`scope\` names "${column}", which is not a column of the chat's model.`,
      );
    }
    if (value === undefined) {
      throw new ChatError(
        "CONFIGURATION",
        `createChatRouter: \`scope\` gives no value for "${column}". Refuse callers without one in the procedure.`,
      );
    }
  }
  return columns;
}
