import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { PrismaPg } from "@prisma/adapter-pg";

import { migrateDatabase } from "../../../scripts/lib/migrate-database.ts";
import { startPostgresServer } from "./start-postgres-server.ts";

/**
 * Vitest's global setup: migrates one database of each kind, which the tests copy. Set
 * TEST_POSTGRES_URL (a superuser's) to use a PostgreSQL server that already runs.
 */
export default async function startDatabases(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["TEST_SQLITE_BASE"] !== undefined) return undefined; // another project did it

  const folder = await mkdtemp(join(tmpdir(), "node-llm-trpc-"));
  process.env["TEST_SQLITE_BASE"] = join(folder, "base.db");
  const given = process.env["TEST_POSTGRES_URL"];
  const server = given === undefined ? await startPostgresServer() : null;
  const postgres = given ?? server?.url ?? "";
  const base = `base_${process.pid}`;
  const stop = async (): Promise<void> => {
    if (server === null) {
      await executeOnPostgres(postgres, `DROP DATABASE IF EXISTS ${base} WITH (FORCE)`);
    }
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await executeOnPostgres(postgres, `CREATE DATABASE ${base}`);
    process.env["TEST_POSTGRES_URL"] = postgres;
    process.env["TEST_POSTGRES_BASE"] = base;
    await migrateDatabase(`file:${process.env["TEST_SQLITE_BASE"]}`);
    const baseUrl = new URL(postgres);
    baseUrl.pathname = `/${base}`;
    await migrateDatabase(baseUrl.href);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/** Waits for the connections that are being given up: one that is torn from its client ends the process. */
export async function dropPostgresDatabase(url: string, name: string): Promise<void> {
  const connection = await new PrismaPg({ connectionString: url }).connect();
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = '${name}'`;
  try {
    for (let attempt = 0; attempt < 50; attempt++) {
      const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
      if (rows.length === 0) break;
      await setTimeout(20);
    }
    await connection.executeScript(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } finally {
    await connection.dispose();
  }
}

/** Runs one statement outside a transaction. */
export async function executeOnPostgres(url: string, statement: string): Promise<void> {
  const connection = await new PrismaPg({ connectionString: url }).connect();
  await connection.executeScript(statement).finally(() => connection.dispose());
}
