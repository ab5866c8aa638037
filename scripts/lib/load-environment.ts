import { existsSync } from "node:fs";
import { join } from "node:path";

import { checkDemoAccess, demoHost } from "../../src/app/server/demo-access.ts";
import { projectRoot } from "./project-root.ts";
import { SetupError } from "./setup-error.ts";

const defaultDatabaseUrl = "file:./.data/demo.db";
const defaultPort = 3000;

export interface Environment {
  readonly databaseUrl: string;
  /** The address to listen on. */
  readonly host: string;
  readonly port: number;
}

/**
 * Loads `.env` like Next does, where variables that are already set win, and sets the default database.
 *
 * @throws {SetupError} when PORT is not a valid port, and when strangers could use a real model.
 */
export function loadEnvironment(): Environment {
  const file = join(projectRoot, ".env");
  if (existsSync(file)) process.loadEnvFile(file);
  const databaseUrl = process.env["DATABASE_URL"]?.trim() || defaultDatabaseUrl;
  process.env["DATABASE_URL"] = databaseUrl;
  try {
    checkDemoAccess(process.env);
  } catch (error) {
    throw new SetupError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const host = demoHost(process.env);
  return { databaseUrl, host, port: readPort(process.env["PORT"]?.trim() ?? "") };
}

function readPort(value: string): number {
  const port = value === "" ? defaultPort : Number(value);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new SetupError(
    `PORT is "${value}", which is not a valid port. Use a number from 1 to 65535.`,
  );
}
