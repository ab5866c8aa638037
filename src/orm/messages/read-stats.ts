import type { ChatStats } from "../../chat/chat-procedures.ts";
import type { Database } from "../database/database.ts";

/** What the chat has cost so far: one query, added up by the database. */
export async function readStats(db: Database, chatId: string): Promise<ChatStats> {
  const { _sum: sum } = await db.request.aggregate({
    where: { chatId },
    _sum: { inputTokens: true, outputTokens: true, cost: true },
  });
  const input = sum["inputTokens"] ?? 0;
  const output = sum["outputTokens"] ?? 0;
  return {
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    cost: sum["cost"] ?? null,
  };
}
