import { existsSync } from "node:fs";
import { cp, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { aptInstall } from "./apt-install.ts";
import { findProgram } from "./find-program.ts";
import { projectRoot } from "./project-root.ts";
import { runCommand } from "./run-command.ts";
import type { CommandResult } from "./run-command.ts";
import { SetupError } from "./setup-error.ts";

/**
 * Builds better-sqlite3's native module if it does not load. That happens when npm runs no install
 * scripts, when no prebuilt module could be downloaded, or when the Node version has changed.
 */
export async function ensureSqliteDriver(): Promise<void> {
  if (await loads(projectRoot)) return;
  console.log("Building the SQLite driver (only once, about a minute)…");
  await buildSqliteDriver(projectRoot);
}

/** Gives a project the native module of this one, if it has the same better-sqlite3; else it is built. */
export async function provideSqliteDriver(folder: string): Promise<void> {
  const path = "node_modules/better-sqlite3";
  const versionIn = async (project: string): Promise<string> =>
    /"version": "[^"]+"/.exec(await readFile(join(project, path, "package.json"), "utf8"))?.[0] ??
    "";
  if ((await versionIn(folder)) === (await versionIn(projectRoot)))
    await cp(join(projectRoot, path, "build"), join(folder, path, "build"), { recursive: true });
  else await buildSqliteDriver(folder);
}

/**
 * Builds the native module of the better-sqlite3 that is installed in a project.
 *
 * @throws {SetupError} when it does not load afterwards.
 */
async function buildSqliteDriver(folder: string): Promise<void> {
  if (!hasCompiler()) await aptInstall(["python3", "make", "g++"]);
  const { output } = await rebuild(folder);
  if (await loads(folder)) return;
  throw new SetupError(
    `The SQLite driver better-sqlite3 does not load and could not be built:\n${lastLines(output)}\n` +
      (hasCompiler()
        ? "Run: npm rebuild better-sqlite3"
        : "Install a compiler, on Debian with: sudo apt-get install python3 make g++\nThen run: npm rebuild better-sqlite3"),
  );
}

async function loads(cwd: string): Promise<boolean> {
  const code = `new (require("better-sqlite3"))(":memory:")`;
  return (await runCommand(process.execPath, ["-e", code], { cwd, quiet: true })).code === 0;
}

function hasCompiler(): boolean {
  return (
    findProgram("python3", "python") !== null &&
    findProgram("make", "gmake") !== null &&
    findProgram("g++", "c++", "clang++") !== null
  );
}

async function rebuild(cwd: string): Promise<CommandResult> {
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, "include/node/node.h"));
  const env = hasHeaders ? { npm_config_nodedir: prefix } : {};
  const npm = process.env["npm_execpath"];
  const args = ["rebuild", "better-sqlite3"];
  return npm === undefined
    ? await runCommand("npm", args, { cwd, quiet: true, env })
    : await runCommand(process.execPath, [npm, ...args], { cwd, quiet: true, env });
}

function lastLines(output: string): string {
  return output.trim().split("\n").slice(-15).join("\n");
}
