import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { defaultModelNames } from "../../src/cli/schema/model-names.ts";
import { renderModel } from "../../src/cli/schema/render-model.ts";
import { templateModels } from "../../src/cli/schema/template-models.ts";
import { projectRoot } from "./project-root.ts";

export const databaseProviders = ["sqlite", "postgresql"] as const;

export type DatabaseProvider = (typeof databaseProviders)[number];

/** The databases that clients are generated for. MySQL has no migrations here: an app's `prisma migrate` writes them. */
export const clientProviders = [...databaseProviders, "mysql"] as const;

export type ClientProvider = (typeof clientProviders)[number];

export const schemaPath = join(projectRoot, "prisma/schema.prisma");

/** Adapts prisma/schema.prisma, which is written for SQLite, to another provider. */
function schemaForProvider(schema: string, provider: DatabaseProvider): string {
  return schema
    .replace(/(datasource\s+db\s*\{[^}]*?provider\s*=\s*)"[^"]*"/, `$1"${provider}"`)
    .replace(/(generator\s+client\s*\{[^}]*?output\s*=\s*)"[^"]*"/, `$1"./${provider}"`);
}

/** Reads the text of prisma/schema.prisma for a provider. */
export async function readSchema(provider: ClientProvider): Promise<string> {
  if (provider === "mysql") return mysqlSchema();
  return schemaForProvider(await readFile(schemaPath, "utf8"), provider);
}

/** The schema that `init --provider mysql` writes. */
function mysqlSchema(): string {
  const head = `generator client {\n  provider = "prisma-client"\n  output   = "./mysql"\n}\n\ndatasource db {\n  provider = "mysql"\n}`;
  const models = templateModels(defaultModelNames, { provider: "mysql", name: "db" });
  return `${[head, ...models.map((model) => renderModel(model).join("\n"))].join("\n\n")}\n`;
}

/** The folder with a provider's migrations. */
export function migrationsPath(provider: DatabaseProvider): string {
  return join(projectRoot, "prisma/migrations", provider);
}

/** The folder with the SQL of each provider that a Prisma schema cannot express. */
export const searchPath = join(projectRoot, "prisma/search");
