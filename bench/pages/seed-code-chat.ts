import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { seedChat } from "../../e2e/support/seed-chat.ts";

/** Stores a chat in which every answer has text, a list and code. Resolves to its id. */
export async function seedCodeChat(prisma: PrismaClient, turns: number): Promise<string> {
  const chatId = await seedChat(prisma, turns);
  await prisma.llmMessage.updateMany({
    where: { chatId, role: "assistant" },
    data: { content: answer },
  });
  return chatId;
}

const answer = `Here is how to **mount** it, in three steps:

- add the models to \`schema.prisma\`
- run the migration
- mount the router

\`\`\`ts
import { createChatRouter } from "node-llm-trpc/server";

export const appRouter = router({
  // Everything else stays as it is.
  chat: createChatRouter({ procedure: protectedProcedure, prisma, llm, models: ["gpt-4o-mini"] }),
});
export type AppRouter = typeof appRouter;
\`\`\`

The answer goes on when you close the tab, and is there when you come back. It survives a reload, too.`;
