import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "./project-root.ts";

export const databaseProviders = ["sqlite", "postgresql"] as const;

export type DatabaseProvider = (typeof databaseProviders)[number];

export const schemaPath = join(projectRoot, "prisma/schema.prisma");

/** prisma/schema.prisma is written for SQLite; this is its text for another provider. */
function schemaForProvider(schema: string, provider: DatabaseProvider): string {
  return schema
    .replace(/(datasource\s+db\s*\{[^}]*?provider\s*=\s*)"[^"]*"/, `$1"${provider}"`)
    .replace(/(generator\s+client\s*\{[^}]*?output\s*=\s*)"[^"]*"/, `$1"./${provider}"`);
}

export async function readSchema(provider: DatabaseProvider): Promise<string> {
  return schemaForProvider(await readFile(schemaPath, "utf8"), provider);
}

export function migrationsPath(provider: DatabaseProvider): string {
  return join(projectRoot, "prisma/migrations", provider);
}
