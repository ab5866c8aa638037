import type { PrismaConfig } from "./read-prisma-config.ts";
import type { SchemaFile } from "./read-schema-files.ts";
import { blocksOf } from "./read-schema-files.ts";

/**
 * The name of the environment variable that has the database's URL: the one that the schema reads, else the one that
 * the Prisma config reads, else Prisma's usual name.
 */
export function databaseVariable(
  files: readonly SchemaFile[],
  config: PrismaConfig | null,
): string {
  return datasourceVariable(files, "url") ?? config?.urlVariable ?? "DATABASE_URL";
}

/** The name in a setting such as `directUrl = env("NAME")` of the schema's datasource, or null. */
export function datasourceVariable(files: readonly SchemaFile[], setting: string): string | null {
  const [datasource] = blocksOf(files, "datasource");
  const pattern = new RegExp(`\\b${setting}\\s*=\\s*env\\(\\s*"(\\w+)"\\s*\\)`);
  return pattern.exec(datasource?.block.code ?? "")?.[1] ?? null;
}
