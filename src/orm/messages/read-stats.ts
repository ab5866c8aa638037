import type { ChatStats } from "../../chat/chat-procedures.ts";
import type { Database } from "../database/database.ts";

/** What a chat has used so far, added up by the database in one query. */
export async function readStats(db: Database, chatId: string): Promise<ChatStats> {
  const { _sum: sum } = await db.request.aggregate({
    where: { chatId },
    _sum: {
      inputTokens: true,
      outputTokens: true,
      cost: true,
      ...(db.has("request", "cachedTokens") ? { cachedTokens: true } : {}),
    },
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
