import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectRoot } from "./project-root.ts";

/** The schema for the installed version of Prisma: version 6 asks for the kind of its engine and for an address. */
export async function adaptToPrisma(schema: string): Promise<string> {
  const path = join(projectRoot, "node_modules/prisma/package.json");
  const { version }: { version: string } = JSON.parse(await readFile(path, "utf8"));
  if (!version.startsWith("6.")) return schema;
  return schema
    .replace(/generator\s+\w+\s*\{/, '$&\n  engineType = "client"')
    .replace(/datasource\s+\w+\s*\{/, '$&\n  url = env("DATABASE_URL")');
}
