import { expect } from "vitest";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import { Database } from "../../../src/orm/database/database.ts";
import { recoverMessage } from "../../../src/orm/turn/recover.ts";

/** Recovers the answer in progress as if its process had died: it becomes `interrupted`. */
export async function takeOver(prisma: PrismaClient): Promise<void> {
  const where = { turnLock: { not: null } };
  await prisma.llmMessage.updateMany({ where, data: { createdAt: new Date(0) } });
  const row = await prisma.llmMessage.findFirstOrThrow({ where });
  // A save at this very moment would show that the process is alive.
  await expect
    .poll(() => recoverMessage(Database.open(prisma), row))
    .toMatchObject({ status: "interrupted" });
}
