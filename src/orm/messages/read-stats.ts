import type { ChatStats } from "../../chat/chat-procedures.ts";
import type { Database } from "../database/database.ts";

/**
 * What a chat has used so far, added up by the database in one query.
 *
 * @param hasRequests false when requests are not stored: then the messages are added up.
 */
export async function readStats(
  db: Database,
  chatId: string,
  hasRequests = true,
): Promise<ChatStats> {
  const role = hasRequests ? "request" : "message";
  const columns = ["inputTokens", "outputTokens", "cost", "cachedTokens"];
  const { _sum: sum } = await db[role].aggregate({
    where: { chatId },
    _sum: Object.fromEntries(columns.filter((one) => db.has(role, one)).map((one) => [one, true])),
  });
  const cached = sum["cachedTokens"] ?? null;
  const input = sum["inputTokens"] ?? 0;
  const output = sum["outputTokens"] ?? 0;
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    cost: sum["cost"] ?? null,
    ...(cached === null ? {} : { cached_tokens: cached }),
  };
}
