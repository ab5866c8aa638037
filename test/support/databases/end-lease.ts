import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { leaseMs } from "../../../src/orm/turn/turn-log.ts";

/**
 * Ends the lease of an answer whose process was killed: lets the rows of its chat be as old as if the lease had been
 * waited for.
 */
export async function endLease(prisma: PrismaClient, messageId: string): Promise<void> {
  const { chatId } = await prisma.llmMessage.findUniqueOrThrow({ where: { id: messageId } });
  const rows = await prisma.llmMessage.findMany({ where: { chatId } });
  for (const { id, createdAt } of rows) {
    const data = { createdAt: new Date(createdAt.getTime() - leaseMs) };
    await prisma.llmMessage.update({ where: { id }, data });
  }
}
