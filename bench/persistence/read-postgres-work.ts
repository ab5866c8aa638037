import type { PrismaClient } from "../../generated/sqlite/client.ts";

export interface PostgresWork {
  readonly transactions: number;
  /** Bytes of the write-ahead log. */
  readonly walBytes: number;
}

/** What a PostgreSQL database has done so far. A busy connection reports its transactions once a second. */
export async function readPostgresWork(prisma: PrismaClient): Promise<PostgresWork> {
  const [row] = await prisma.$queryRawUnsafe<{ transactions: bigint; wal: number }[]>(
    "SELECT xact_commit AS transactions, (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 AS wal FROM pg_stat_database WHERE datname = current_database()",
  );
  return { transactions: Number(row?.transactions), walBytes: row?.wal ?? NaN };
}
