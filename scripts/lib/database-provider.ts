import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "./project-root.ts";

export const databaseProviders = ["sqlite", "postgresql"] as const;

export type DatabaseProvider = (typeof databaseProviders)[number];

export const schemaPath = join(projectRoot, "prisma/schema.prisma");

/** Adapts prisma/schema.prisma, which is written for SQLite, to another provider. */
function schemaForProvider(schema: string, provider: DatabaseProvider): string {
  return schema
    .replace(/(datasource\s+db\s*\{[^}]*?provider\s*=\s*)"[^"]*"/, `$1"${provider}"`)
    .replace(/(generator\s+client\s*\{[^}]*?output\s*=\s*)"[^"]*"/, `$1"./${provider}"`);
}

/** Reads the text of prisma/schema.prisma for a provider. */
export async function readSchema(provider: DatabaseProvider): Promise<string> {
  return schemaForProvider(await readFile(schemaPath, "utf8"), provider);
}

/** The folder with a provider's migrations. */
export function migrationsPath(provider: DatabaseProvider): string {
  return join(projectRoot, "prisma/migrations", provider);
}

/** The folder with the SQL of each provider that a Prisma schema cannot express. */
export const searchPath = join(projectRoot, "prisma/search");
