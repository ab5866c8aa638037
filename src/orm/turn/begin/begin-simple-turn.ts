import type { Database } from "../../database/database.ts";
import { isUniqueViolation } from "../../database/prisma-errors.ts";
import type { MessageRow } from "../../database/rows.ts";
import { readBranch } from "../../messages/read-branch.ts";
import type { BegunTurn } from "../begun-turn.ts";
import { newMessages } from "./new-messages.ts";
import type { TurnRequest } from "./turn-request.ts";

const maxAttempts = 3;

/**
 * For a schema without the feature `turns`: writes the two rows, which follow the newest message by their time, and by
 * their position where there is one.
 */
export async function beginSimpleTurn(db: Database, request: TurnRequest): Promise<BegunTurn> {
  const { chat } = request;
  for (let attempt = 1; ; attempt++) {
    const newest = await readSimpleHead(db, chat.id);
    const position = Math.max(chat.lastPosition ?? 0, await readLastPosition(db, chat.id));
    const start = Math.max(Date.now(), (newest?.createdAt.getTime() ?? 0) + 1);
    const { user, assistant } = newMessages(request, newest?.id ?? null, position);
    const rows = (user === null ? [assistant] : [user, assistant]).map((row, index) => ({
      ...row,
      turnLock: null,
      // Nobody would find out that the process of an answer has died.
      status: row.role === "assistant" ? "interrupted" : "complete",
      createdAt: new Date(start + index),
    }));
    const lastPosition = position + rows.length;
    const data = db.pick("chat", { lastPosition, updatedAt: new Date() });
    try {
      await db.batch([
        db.message.createMany({ data: rows.map((row) => db.pick("message", row)) }),
        db.chat.updateMany({ where: { id: chat.id }, data }),
      ]);
    } catch (error) {
      // Another turn has taken the position. Without that feature, both may be in progress.
      if (!isUniqueViolation(error) || attempt === maxAttempts) throw error;
      continue;
    }
    const [first = assistant, last = first] = rows;
    return { chat, user: user === null ? null : first, assistant: last };
  }
}

/** The newest message: by its time, unless the new ones refer to it. */
async function readSimpleHead(db: Database, chatId: string): Promise<MessageRow | null> {
  if (db.has("message", "parentId")) return (await readBranch(db, chatId)).at(-1) ?? null;
  const orderBy = [{ createdAt: "desc" }, { id: "desc" }];
  return db.message.findFirst({ where: { chatId }, orderBy });
}

/** The highest position in a chat, on any branch; 0 for a chat without positions. */
async function readLastPosition(db: Database, chatId: string): Promise<number> {
  if (!db.has("message", "position")) return 0;
  const [last] = await db.message.findMany({
    where: { chatId, position: { not: null } },
    orderBy: { position: "desc" },
    take: 1,
    select: { position: true },
  });
  return last?.position ?? 0;
}
