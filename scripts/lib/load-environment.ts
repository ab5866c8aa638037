import { existsSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "./project-root.ts";

const defaultDatabaseUrl = "file:./.data/demo.db";

/** Reads `.env` like Next does (variables that are already set win) and fills in the default database. */
export function loadEnvironment(): { readonly databaseUrl: string; readonly port: number } {
  const file = join(projectRoot, ".env");
  if (existsSync(file)) process.loadEnvFile(file);
  const databaseUrl = process.env["DATABASE_URL"] ?? "";
  process.env["DATABASE_URL"] = databaseUrl === "" ? defaultDatabaseUrl : databaseUrl;
  return {
    databaseUrl: process.env["DATABASE_URL"],
    port: Number(process.env["PORT"] ?? "3000"),
  };
}
