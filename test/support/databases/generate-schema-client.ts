import { createHash } from "node:crypto";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { adaptToPrisma } from "../../../scripts/lib/adapt-to-prisma.ts";
import type { DatabaseProvider } from "../../../scripts/lib/database-provider.ts";
import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { runCommand } from "../../../scripts/lib/run-command.ts";
import { schemaDiff } from "./schema-diff.ts";

/** Prisma's generators of clients. */
export type SchemaGenerator = "prisma-client" | "prisma-client-js";

/** A generated client and the statements that create its tables. */
export interface SchemaClient {
  readonly folder: string;
  /** The path of the client's module, in the folder. */
  readonly module: string;
  readonly sql: string;
}

/**
 * Generates a client and the SQL for its tables from the text of a schema's models, as `prisma generate` and
 * `prisma migrate` do. Both are cached in .cache/clients, by the text.
 */
export async function generateSchemaClient(
  models: string,
  provider: DatabaseProvider,
  generator: SchemaGenerator = "prisma-client",
): Promise<SchemaClient> {
  const schema = fullSchema(models, provider, generator);
  const version = await readFile(join(projectRoot, "node_modules/prisma/package.json"), "utf8");
  const name = createHash("sha256").update(schema).update(version).digest("hex").slice(0, 16);
  const target = join(projectRoot, ".cache/clients", name);
  const isGenerated = await access(target).then(
    () => true,
    () => false,
  );
  if (!isGenerated) await generate(schema, provider, target);
  const module = join(target, generator === "prisma-client" ? "client.ts" : "index.js");
  return { folder: target, module, sql: await readFile(join(target, "tables.sql"), "utf8") };
}

/** Imports the module of a generated client. */
export async function importSchemaClient(
  client: SchemaClient,
): Promise<{ readonly PrismaClient: new (options: { adapter: unknown }) => unknown }> {
  const module: unknown = await import(pathToFileURL(client.module).href);
  // Every generated client exports this class. Its types differ from schema to schema.
  return module as { PrismaClient: new (options: { adapter: unknown }) => unknown };
}

/** Adds only a generator and a datasource, with the schemas that the models name. */
function fullSchema(
  models: string,
  provider: DatabaseProvider,
  generator: SchemaGenerator,
): string {
  const schemas = [...models.matchAll(/@@schema\("(\w+)"\)/g)].map((match) => match[1]);
  const list = [...new Set(schemas)].map((schema) => JSON.stringify(schema)).join(", ");
  return `generator client {
  provider = "${generator}"
  output   = "./client"
}

datasource db {
  provider = "${provider}"${list === "" ? "" : `\n  schemas  = [${list}]`}
}

${models}`;
}

async function generate(schema: string, provider: DatabaseProvider, target: string): Promise<void> {
  const folder = `${target}.${process.pid}`;
  await mkdir(folder, { recursive: true });
  const path = join(folder, "schema.prisma");
  await writeFile(path, await adaptToPrisma(schema));
  const cli = join(projectRoot, "node_modules/prisma/build/index.js");
  const args = [cli, "generate", "--schema", path, "--no-hints"];
  const { code, output } = await runCommand(process.execPath, args, {
    quiet: true,
    env: {
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
      CHECKPOINT_DISABLE: "1",
    },
  });
  if (code !== 0) throw new Error(`prisma generate failed:\n${output}`);
  await writeFile(join(folder, "client/tables.sql"), await schemaDiff(provider, null, schema));
  // Another worker may have generated the same client meanwhile.
  await rename(join(folder, "client"), target).catch(() => undefined);
  await rm(folder, { recursive: true });
}
