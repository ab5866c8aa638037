import type { PrismaClient } from "../../generated/sqlite/client.ts";

/** Makes room in the table of the most expensive chats, which other tests of the worker may have filled. */
export async function forgetUsage(db: PrismaClient): Promise<void> {
  await db.$transaction([db.llmUsage.deleteMany(), db.llmUsageDay.deleteMany()]);
}
