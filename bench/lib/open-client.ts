import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";

import { PrismaClient as PostgresqlClient } from "../../generated/postgresql/client.ts";
import { PrismaClient } from "../../generated/sqlite/client.ts";

/** Opens a Prisma client for a SQLite or PostgreSQL URL. */
export function openClient(url: string): PrismaClient {
  if (url.startsWith("file:"))
    return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url }) });
  const client = new PostgresqlClient({ adapter: new PrismaPg({ connectionString: url }) });
  // Both clients come from one schema. Their types differ only in names that the benchmarks do not use.
  return client as unknown as PrismaClient;
}
