import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { PrismaPg } from "@prisma/adapter-pg";

import { executeOnPostgres } from "./execute-on-postgres.ts";

export interface PostgresDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

/** Creates a database on the test server: an empty one, or a copy of the template. */
export async function createPostgresDatabase(
  server: string,
  template?: string,
): Promise<PostgresDatabase> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const copy = template === undefined ? "" : ` TEMPLATE ${template}`;
  await executeOnPostgres(server, `CREATE DATABASE ${name}${copy}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, remove: () => dropPostgresDatabase(server, name) };
}

/**
 * Waits until connections that are being closed are gone, and lets nobody connect again: a client that loses its
 * connection to `DROP DATABASE` throws, and the error would end the process.
 */
async function dropPostgresDatabase(server: string, name: string): Promise<void> {
  const connection = await new PrismaPg({ connectionString: server }).connect();
  const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = '${name}'`;
  try {
    await connection.executeScript(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    for (let attempt = 0; attempt < 50; attempt++) {
      const { rows } = await connection.queryRaw({ sql, args: [], argTypes: [] });
      if (rows.length === 0) break;
      await sleep(20);
    }
    await connection.executeScript(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } finally {
    await connection.dispose();
  }
}
