import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { moveToLoadCore } from "./pinned-process.ts";

/** Moves a PostgreSQL server to the load's core: the process that starts the others first, then those that are there. */
export async function pinPostgres(prisma: PrismaClient): Promise<void> {
  const [main] = await prisma.$queryRawUnsafe<{ pid: number }[]>(
    "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid",
  );
  if (main === undefined) throw new Error("PostgreSQL does not tell its process id.");
  moveToLoadCore(main.pid);
  const others = await prisma.$queryRawUnsafe<{ pid: number }[]>(
    "SELECT pid FROM pg_stat_activity",
  );
  for (const { pid } of others) moveToLoadCore(pid);
}
