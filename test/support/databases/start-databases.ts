import { rm } from "node:fs/promises";
import { join } from "node:path";

import { migrateDatabase } from "../../../scripts/lib/migrate-database.ts";
import { readSchema } from "../../../scripts/lib/database-provider.ts";
import { isChosen } from "./chosen-databases.ts";
import { executeOnPostgres } from "./execute-on-postgres.ts";
import { makeDataFolder } from "./make-data-folder.ts";
import { mysqlTables } from "./mysql-tables.ts";
import { startMariadbServer } from "./start-mariadb-server.ts";
import { startPostgresServer } from "./start-postgres-server.ts";

/**
 * Vitest's global setup: migrates one database of each kind for the tests to copy. Set TEST_POSTGRES_URL
 * (with a superuser) to use a PostgreSQL server that is already running.
 */
export default async function startDatabases(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["TEST_SQLITE_BASE"] !== undefined) return undefined; // Another project has done it.

  const folder = await makeDataFolder("node-llm-trpc-");
  process.env["TEST_SQLITE_BASE"] = join(folder, "base.db");
  const given = process.env["TEST_POSTGRES_URL"];
  const server = given === undefined ? await startPostgresServer() : null;
  const postgres = given ?? server?.url ?? "";
  const givenMysql = process.env["TEST_MYSQL_URL"];
  const isNeeded = givenMysql === undefined && isChosen("mysql");
  const mysqlServer = isNeeded ? await startMariadbServer() : null;
  const mysql = givenMysql ?? mysqlServer?.url ?? "";
  const base = `base_${process.pid}`;
  const stop = async (): Promise<void> => {
    if (server === null) {
      await executeOnPostgres(postgres, `DROP DATABASE IF EXISTS ${base} WITH (FORCE)`);
    }
    await server?.stop();
    await mysqlServer?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await executeOnPostgres(postgres, `CREATE DATABASE ${base}`);
    process.env["TEST_POSTGRES_URL"] = postgres;
    process.env["TEST_POSTGRES_BASE"] = base;
    await migrateDatabase(`file:${process.env["TEST_SQLITE_BASE"]}`);
    process.env["TEST_MYSQL_URL"] = mysql;
    process.env["TEST_MYSQL_TABLES"] = JSON.stringify([...mysqlTables(await readSchema("mysql"))]);
    const baseUrl = new URL(postgres);
    baseUrl.pathname = `/${base}`;
    await migrateDatabase(baseUrl.href);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
