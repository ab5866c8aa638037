import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient as PostgresClient } from "../../../generated/postgresql/client.ts";
import { PrismaClient as SqliteClient } from "../../../generated/sqlite/client.ts";
import { databaseUrl, isPostgres, sqlitePath } from "./database-url.ts";

/** How long a writer waits for another process that writes to the same SQLite file. */
const busyTimeout = 5_000;

export type Prisma = SqliteClient;

/** A client for the database in `DATABASE_URL`. It connects with its first query. */
export function createPrisma(): Prisma {
  const url = databaseUrl();
  if (isPostgres(url)) {
    const client = new PostgresClient({ adapter: new PrismaPg({ connectionString: url }) });
    // Both clients come from the same models; what only one of them can do is not used here.
    return client as unknown as Prisma;
  }
  return new SqliteClient({
    adapter: new PrismaBetterSqlite3({ url: sqlitePath(url), timeout: busyTimeout }),
  });
}
