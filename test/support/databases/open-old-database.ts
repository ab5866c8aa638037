import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import type { PrismaClient } from "../../../generated/sqlite/client.ts";
import type { PrismaClientLike } from "../../../src/orm/database/client/prisma-client-like.ts";
import type { DatabaseProvider } from "../../../scripts/lib/database-provider.ts";
import type { SchemaDatabase } from "./describe-schema.ts";
import { openSchemaDatabase } from "./describe-schema.ts";
import { executeOnPostgres } from "./execute-on-postgres.ts";
import { openClient } from "./open-client.ts";
import { schemaDiff } from "./schema-diff.ts";
import { extendedModels, specificationModels } from "./specification-models.ts";

/** A database with the specification's tables alone, as `@node-llm/orm` knows them. */
export interface OldDatabase {
  readonly old: SchemaDatabase;
  /** Runs a statement. */
  execute(sql: string): Promise<void>;
  /** Adds this package's tables and columns, as Prisma Migrate does. */
  migrate(): Promise<PrismaClient>;
  close(): Promise<void>;
}

/** Creates such a database. The caller closes it. */
export async function openOldDatabase(name: DatabaseProvider): Promise<OldDatabase> {
  const opened = await openSchemaDatabase(specificationModels, name);
  const { url } = opened.database;
  const clients: PrismaClientLike[] = [];
  const execute = (sql: string): Promise<void> =>
    name === "sqlite" ? executeOnSqlite(url, sql) : executeOnPostgres(url, sql);
  return {
    old: opened.database,
    execute,
    migrate: async () => {
      const source = `datasource db {\n  provider = "${name}"\n}\n`;
      const [from, to] = [source + specificationModels, source + extendedModels];
      await execute(await schemaDiff(name, from, to));
      const client = openClient(url);
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const client of clients) await client.$disconnect();
      await opened.close();
    },
  };
}

async function executeOnSqlite(url: string, sql: string): Promise<void> {
  const connection = await new PrismaBetterSqlite3({ url }).connect();
  await connection.executeScript(sql).finally(() => connection.dispose());
}
