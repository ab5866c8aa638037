import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { PrismaClient } from "../../generated/sqlite/client.ts";

/** Opens a SQLite file that a server writes to at the same time. */
export function openDatabase(file: string): PrismaClient {
  return new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: file, timeout: 5_000 }) });
}
