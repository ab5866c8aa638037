import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { PrismaPg } from "@prisma/adapter-pg";
import { afterEach, beforeAll } from "vitest";

import type {
  ModelDelegate,
  PrismaClientLike,
  Row,
} from "../../../src/orm/database/client/prisma-client-like.ts";
import { createPostgresDatabase } from "./create-postgres-database.ts";
import { describeChosen } from "./describe-chosen.ts";
import type { DatabaseProvider } from "../../../scripts/lib/database-provider.ts";
import type { SchemaGenerator } from "./generate-schema-client.ts";
import { generateSchemaClient, importSchemaClient } from "./generate-schema-client.ts";
import { executeOnPostgres } from "./execute-on-postgres.ts";

/** A fresh database with the tables of the suite's schema. */
export interface SchemaDatabase {
  readonly name: DatabaseProvider;
  readonly prisma: PrismaClientLike;
  readonly url: string;
  /** Opens another client with its own connection. */
  connect(): PrismaClientLike;
  /** Returns a model of the client, by its name in the schema. */
  readonly model: (name: string) => ModelDelegate<Row>;
}

/** Runs a suite on databases that are created from the given models. */
export function describeSchema(
  title: string,
  models: string,
  suite: (open: () => Promise<SchemaDatabase>, name: DatabaseProvider) => void,
  names: readonly DatabaseProvider[] = ["sqlite", "postgresql"],
  generator?: SchemaGenerator,
): void {
  describeChosen(names, `${title} on `, (name) => {
    const cleanUps: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      await generateSchemaClient(models, name, generator);
    });
    afterEach(async () => {
      for (const cleanUp of cleanUps.splice(0)) await cleanUp();
    });
    suite(async () => {
      const opened = await openSchemaDatabase(models, name, generator);
      cleanUps.push(() => opened.close());
      return opened.database;
    }, name);
  });
}

/** Creates a database from the given models. The caller closes it. */
export async function openSchemaDatabase(
  models: string,
  name: DatabaseProvider,
  generator?: SchemaGenerator,
): Promise<{ readonly database: SchemaDatabase; close(): Promise<void> }> {
  const client = await generateSchemaClient(models, name, generator);
  const { url, remove } = await createSchemaDatabase(name, client.sql);
  const { PrismaClient } = await importSchemaClient(client);
  const clients: PrismaClientLike[] = [];
  const connect = (): PrismaClientLike => {
    // A generated client, for a schema that the compiler does not know.
    const one = new PrismaClient({ adapter: adapterFor(name, url) }) as PrismaClientLike;
    clients.push(one);
    return one;
  };
  const prisma = connect();
  return {
    database: { name, url, prisma, connect, model: (model) => delegateOf(prisma, model) },
    close: async () => {
      for (const one of clients) await one.$disconnect();
      await remove();
    },
  };
}

/** Creates a database and runs the statements that create its tables. */
async function createSchemaDatabase(
  name: DatabaseProvider,
  sql: string,
): Promise<{ readonly url: string; readonly remove: () => Promise<void> }> {
  if (name === "sqlite") {
    const folder = await mkdtemp(join(tmpdir(), "node-llm-trpc-"));
    const url = `file:${join(folder, "test.db")}`;
    const connection = await new PrismaBetterSqlite3({ url }).connect();
    await connection.executeScript(`PRAGMA journal_mode = WAL; ${sql}`);
    await connection.dispose();
    return { url, remove: async () => await rm(folder, { recursive: true, force: true }) };
  }
  const database = await createPostgresDatabase(process.env["TEST_POSTGRES_URL"] ?? "");
  await executeOnPostgres(database.url, sql);
  return database;
}

function adapterFor(name: DatabaseProvider, url: string): unknown {
  return name === "sqlite"
    ? new PrismaBetterSqlite3({ url })
    : new PrismaPg({ connectionString: url });
}

function delegateOf(prisma: PrismaClientLike, name: string): ModelDelegate<Row> {
  // A generated client has one delegate per model, under the model's name in camel case.
  const delegates = prisma as unknown as { readonly [property: string]: ModelDelegate<Row> };
  const delegate = delegates[name.charAt(0).toLowerCase() + name.slice(1)];
  if (delegate === undefined) throw new Error(`The client has no model ${name}.`);
  return delegate;
}
