import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaMariaDb } from "@prisma/adapter-mariadb";
import { PrismaPg } from "@prisma/adapter-pg";
import type { SqlDriverAdapterFactory } from "@prisma/driver-adapter-utils";

import { PrismaClient as MysqlClient } from "../../../generated/mysql/client.ts";
import { PrismaClient as PostgresqlClient } from "../../../generated/postgresql/client.ts";
import { PrismaClient } from "../../../generated/sqlite/client.ts";

/** Options of a client. */
export interface OpenClientOptions {
  /** Puts something between the client and its driver adapter. */
  readonly wrap?: (adapter: SqlDriverAdapterFactory) => SqlDriverAdapterFactory;
  /** Prisma's own option, in milliseconds. */
  readonly transactionOptions?: { maxWait: number; timeout: number };
  /** Columns that the client leaves out, by model: Prisma's own option. */
  readonly omit?: object;
  /** How many compiled queries a client keeps: an option of Prisma 7.10. */
  readonly queryPlanCacheMaxSize?: number;
  /** How many connections a client of PostgreSQL or MySQL may open. */
  readonly connections?: number;
}

/** Opens a Prisma client for a URL of SQLite, PostgreSQL or MySQL. */
export function openClient(
  url: string,
  { wrap = (adapter) => adapter, connections, ...options }: OpenClientOptions = {},
): PrismaClient {
  if (url.startsWith("file:"))
    return new PrismaClient({ adapter: wrap(new PrismaBetterSqlite3({ url })), ...options });
  // All clients come from one schema. Their types differ only in names that are not used here.
  if (url.startsWith("mysql:")) {
    const address = new URL(url);
    if (connections !== undefined) address.searchParams.set("connectionLimit", String(connections));
    const adapter = wrap(new PrismaMariaDb(address.href));
    return new MysqlClient({ adapter, ...options }) as unknown as PrismaClient;
  }
  const max = connections === undefined ? {} : { max: connections };
  const adapter = wrap(new PrismaPg({ connectionString: url, ...max }));
  return new PostgresqlClient({ adapter, ...options }) as unknown as PrismaClient;
}
