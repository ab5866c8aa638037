import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

import { findPackage } from "../project/find-package.ts";
import { versionOf } from "./check-peers.ts";
import type { Finding } from "./finding.ts";

const adapter = "@prisma/adapter-better-sqlite3";
const driver = "better-sqlite3";

/** Finds a SQLite driver that ends the app's process. */
export function checkSqliteDriver(cwd: string, node = process.versions.node): readonly Finding[] {
  const linked = findPackage(cwd, adapter);
  // pnpm has what a package needs beside the folder that it links to.
  const user = linked === null ? null : realpathSync(linked);
  const folder = user === null ? null : findPackage(user, driver);
  if (user === null || folder === null || !endsProcesses(folder, node)) return [];
  return [
    {
      status: "problem",
      text: `Packages: ${driver} ${versionOf(user, driver) ?? ""} was compiled with Node.js 24.19 or newer, and ends a process on Node.js 24 after a while with "Assertion failed: (env) != nullptr": docs/errors.md`,
      todo: `Add "overrides": { "${driver}": "^13.2.0" } to package.json ("resolutions" for Yarn, overrides in pnpm-workspace.yaml for pnpm), and install again. If package.json lists ${driver} itself, raise it there instead`,
    },
  ];
}

/**
 * Whether a compiled better-sqlite3 makes Node.js 24 abort. With the headers of 24.19 and newer, an object of its kind
 * (`ObjectWrap`) removes a hook when V8 frees it, and Node.js 24 does not expect that while no script runs:
 * https://github.com/nodejs/node/issues/65446. Version 13 uses Node-API instead, and needs Node.js 22.
 *
 * @param folder of better-sqlite3.
 * @param node the version of Node.js.
 */
export function endsProcesses(folder: string, node = process.versions.node): boolean {
  if (!node.startsWith("24.")) return false;
  const compiled = join(folder, "build/Release/better_sqlite3.node");
  return existsSync(compiled) && readFileSync(compiled).includes("RemoveEnvironmentCleanupHook");
}
