import { join } from "node:path";

import type { CliIo, Environment } from "../project/cli-io.ts";
import { findPackage } from "../project/find-package.ts";
import { readPackageJson } from "../project/read-package-json.ts";
import type { ProgramResult } from "../project/run-program.ts";
import { runProgram } from "../project/run-program.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import type { SchemaLocation } from "../schema/suggested-commands.ts";
import { migrateCommand, prismaCommand } from "../schema/suggested-commands.ts";
import { versionOf } from "./check-peers.ts";
import type { Finding } from "./finding.ts";

/** Checks with the project's own Prisma CLI that the database is reachable and migrated. */
export async function checkMigrations(
  project: ProjectSchema,
  { schema }: SchemaLocation,
  io: CliIo,
  env: Environment,
): Promise<Finding> {
  const cli = findPrismaCli(io.cwd);
  if (cli === null) {
    return { status: "skipped", text: "Database: not checked, because prisma is not installed" };
  }
  const { path } = project.place;
  const prisma = async (...args: readonly string[]): Promise<ProgramResult> =>
    await runProgram([cli, "migrate", ...args], io.cwd, {
      ...env,
      NO_COLOR: "1",
      CHECKPOINT_DISABLE: "1",
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
    });
  const status = await prisma("status", ...(schema === undefined ? [] : ["--schema", path]));
  const finding = readStatus(status, schema);
  if (finding.status !== "ok") return finding;
  const isPrisma6 = versionOf(io.cwd, "prisma")?.startsWith("6.") === true;
  const [from, to] = isPrisma6
    ? [["--from-schema-datasource", path], "--to-schema-datamodel"]
    : [["--from-config-datasource"], "--to-schema"];
  const diff = await prisma("diff", ...from, to, path, "--exit-code");
  // Exit code 2 means that the two differ.
  if (diff.code !== 2) return finding;
  return {
    status: "problem",
    text: "Database: reachable, but the schema has changes without a migration",
    todo: migrateCommand(schema),
  };
}

function findPrismaCli(cwd: string): string | null {
  const folder = findPackage(cwd, "prisma");
  if (folder === null) return null;
  const { bin } = readPackageJson(folder);
  const entry: unknown = typeof bin === "string" ? bin : Object(bin).prisma;
  return typeof entry === "string" ? join(folder, entry) : null;
}

/** Interprets the output of `prisma migrate status`, which is matched as Prisma 7 words it. */
function readStatus({ code, output }: ProgramResult, schema: string | undefined): Finding {
  if (/No migration found/i.test(output)) {
    return {
      status: "problem",
      text: "Database: there are no migrations yet",
      todo: migrateCommand(schema),
    };
  }
  if (code === 0) {
    return { status: "ok", text: "Database: reachable, and all migrations are applied" };
  }
  if (/have not yet been applied/i.test(output)) {
    return {
      status: "problem",
      text: "Database: some migrations have not been applied",
      todo: `${prismaCommand("migrate deploy", schema)} (in development: ${prismaCommand("migrate dev", schema)})`,
    };
  }
  if (/not managed by Prisma Migrate/i.test(output)) {
    return {
      status: "problem",
      text: "Database: it has tables, but no migration history",
      todo: "Baseline it: https://www.prisma.io/docs/orm/prisma-migrate/workflows/baselining",
    };
  }
  if (/binaries\.prisma\.sh|schema-engine|ENOTFOUND|engine.*(download|fetch)/i.test(output)) {
    return {
      status: "skipped",
      text: "Database: not checked, because Prisma's schema engine could not be downloaded or started",
    };
  }
  return {
    status: "problem",
    text: `Database: prisma migrate status failed: ${reasonIn(output)}`,
    todo: `Run this to see the full output: ${prismaCommand("migrate status", schema)}`,
  };
}

/** Finds the line that says what went wrong, and masks the credentials in any URL. */
function reasonIn(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const line = lines.find(
    (text) => /^Error|P\d{4}|can't reach/i.test(text) && !/^Error:$/.test(text),
  );
  const last = lines.findLast((text) => text !== "") ?? "no output";
  return (line ?? last).replace(/(\w+:\/\/)[^@\s]*@/g, "$1***@");
}
