import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { endsProcesses } from "../../src/cli/checks/check-sqlite-driver.ts";
import { aptInstall } from "./apt-install.ts";
import { findProgram } from "./find-program.ts";
import { projectRoot } from "./project-root.ts";
import { runCommand } from "./run-command.ts";
import type { CommandResult } from "./run-command.ts";
import { SetupError } from "./setup-error.ts";

const driverFolder = "node_modules/better-sqlite3";
/** For a Node.js with which better-sqlite3 12 cannot be compiled so that it works: see `endsProcesses`. */
const prebuilt = "better-sqlite3@13.2.0";
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const isPrebuiltNeeded = major === 24 && minor >= 19;

/**
 * Builds better-sqlite3's native module if it does not load, or installs a version that brings one if it would end the
 * process. That happens when npm runs no install scripts, when no prebuilt module could be downloaded, or when the Node
 * version has changed.
 */
export async function ensureSqliteDriver(): Promise<void> {
  if (await works(projectRoot)) return;
  console.log(
    isPrebuiltNeeded
      ? `Installing the SQLite driver for this version of Node.js (${prebuilt}, only once)…`
      : "Building the SQLite driver (only once, about a minute)…",
  );
  await buildSqliteDriver(projectRoot);
}

/** Gives a project the native module of this one, if it has the same better-sqlite3; else as `ensureSqliteDriver`. */
export async function provideSqliteDriver(folder: string): Promise<void> {
  if (await works(folder)) return;
  if (!isPrebuiltNeeded && (await versionIn(folder)) === (await versionIn(projectRoot)))
    await cp(join(projectRoot, driverFolder, "build"), join(folder, driverFolder, "build"), {
      recursive: true,
    });
  else await buildSqliteDriver(folder);
}

/**
 * Builds the native module of the better-sqlite3 that is installed in a project, or replaces it.
 *
 * @throws {SetupError} when it does not load afterwards.
 */
async function buildSqliteDriver(folder: string): Promise<void> {
  if (isPrebuiltNeeded) return installPrebuilt(folder);
  if (major < 22 && Number.parseInt(await versionIn(folder), 10) >= 13) {
    throw new SetupError(
      "The SQLite driver in node_modules was installed by Node.js 24, and does not load in this version.\nRun: npm ci",
    );
  }
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

/** Puts a version with binaries in the place of the one that Prisma's adapter asks for. Its API is the same. */
async function installPrebuilt(folder: string): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), "sqlite-driver-"));
  try {
    const args = ["--prefix", place, "--no-audit", "--no-fund", "--ignore-scripts"];
    const { output } = await runNpm(["install", ...args, prebuilt], place);
    if (!(await loads(place))) {
      throw new SetupError(
        `The SQLite driver ${prebuilt} could not be installed:\n${lastLines(output)}\nTry again, or use Node.js 20 or 22.`,
      );
    }
    const target = join(folder, driverFolder);
    await rm(target, { recursive: true, force: true });
    await cp(join(place, driverFolder), target, { recursive: true });
    if (!(await works(folder)))
      throw new SetupError(`The SQLite driver in ${target} does not load.`);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** The version of the better-sqlite3 that is installed in a project; empty without one. */
async function versionIn(project: string): Promise<string> {
  const text = await readFile(join(project, driverFolder, "package.json"), "utf8").catch(() => "");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "";
}

async function works(folder: string): Promise<boolean> {
  return (await loads(folder)) && !endsProcesses(join(folder, driverFolder));
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
  return await runNpm(["rebuild", "better-sqlite3"], cwd, env);
}

/** Runs the npm that has started this process, or the one that is installed. */
function runNpm(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const npm = process.env["npm_execpath"];
  const options = { cwd, env, quiet: true };
  return npm === undefined
    ? runCommand("npm", args, options)
    : runCommand(process.execPath, [npm, ...args], options);
}

function lastLines(output: string): string {
  return output.trim().split("\n").slice(-15).join("\n");
}
