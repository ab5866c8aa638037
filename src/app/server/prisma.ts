import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient as PostgresClient } from "../../../generated/postgresql/client.ts";
import { PrismaClient as SqliteClient } from "../../../generated/sqlite/client.ts";
import { databaseUrl, isPostgres, sqlitePath } from "./database-url.ts";

/** How long to wait for another process that writes to the same SQLite file, in milliseconds. */
const busyTimeout = 5_000;

export type Prisma = SqliteClient;

/** Creates a client for the database in `DATABASE_URL`. It connects with its first query. */
export function createPrisma(): Prisma {
  const url = databaseUrl();
  if (isPostgres(url)) {
    const client = new PostgresClient({ adapter: new PrismaPg({ connectionString: url }) });
    // Both clients have the same models, and the demo uses nothing that only one of them has.
    return client as unknown as Prisma;
  }
  return new SqliteClient({
    adapter: new PrismaBetterSqlite3({ url: sqlitePath(url), timeout: busyTimeout }),
  });
}
