import { join } from "node:path";

import type { CliIo } from "../project/cli-io.ts";
import type { CliOptions } from "../commands/cli-options.ts";
import type { Finding } from "./finding.ts";
import { readPackageJson } from "../project/read-package-json.ts";
import type { PrismaConfig } from "../schema/read-prisma-config.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import { providerFacts } from "../schema/datasource-provider.ts";
import { readVariable } from "../project/read-environment.ts";
import { findPackage } from "../project/find-package.ts";
import { runProgram } from "../project/run-program.ts";
import { migrateCommand, prismaSchemaArgument } from "../commands/sync.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Checks that DATABASE_URL is set and fits the schema's database. Never shows more of it than its scheme. */
export function checkDatabaseUrl(
  project: ProjectSchema,
  config: PrismaConfig | null,
  env: Environment,
): Finding {
  const { provider } = project.datasource;
  const { exampleUrl, schemes } = providerFacts[provider];
  const url = readVariable(env, "DATABASE_URL");
  const value = url ?? config?.fallbackUrl ?? null;
  if (value === null) {
    return {
      status: "problem",
      text: "DATABASE_URL: not set",
      todo: `Set DATABASE_URL in .env, such as: DATABASE_URL="${exampleUrl}"`,
    };
  }
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(value)?.[0].toLowerCase();
  if (scheme === undefined || !schemes.includes(scheme)) {
    return {
      status: "problem",
      text: `DATABASE_URL: ${scheme === undefined ? "has no scheme" : `begins with ${scheme}`}, and the schema is for ${provider}`,
      todo: `Set DATABASE_URL to an address of ${provider}, such as: ${exampleUrl}`,
    };
  }
  if (url !== null) return { status: "ok", text: `DATABASE_URL: set (${scheme})` };
  return {
    status: "note",
    text: `DATABASE_URL: not set, ${config?.label ?? ""} falls back to its own value (${scheme})`,
  };
}

/** Checks with the project's own Prisma CLI that the database answers and is migrated. */
export async function checkMigrations(
  project: ProjectSchema,
  options: CliOptions,
  io: CliIo,
  env: Environment,
): Promise<Finding> {
  const cli = findPrismaCli(io.cwd);
  if (cli === null) return { status: "skipped", text: "Database: not checked, prisma is missing" };
  const schema = options.schema === undefined ? [] : ["--schema", project.place.path];
  const prisma = async (
    args: readonly string[],
  ): Promise<{ code: number | null; output: string }> =>
    await runProgram([cli, ...args], io.cwd, {
      ...env,
      NO_COLOR: "1",
      CHECKPOINT_DISABLE: "1",
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
    });
  const status = await prisma(["migrate", "status", ...schema]);
  const finding = readStatus(status, options);
  if (finding.status !== "ok") return finding;
  const target = ["--from-config-datasource", "--to-schema", project.place.path];
  const diff = await prisma(["migrate", "diff", ...target, "--exit-code"]);
  if (diff.code !== 2) return finding;
  return {
    status: "problem",
    text: "Database: reachable, but the schema has changes that no migration has yet",
    todo: `${migrateCommand}${prismaSchemaArgument(options)}`,
  };
}

function findPrismaCli(cwd: string): string | null {
  const folder = findPackage(cwd, "prisma");
  if (folder === null) return null;
  const { bin } = readPackageJson(folder);
  const entry: unknown = typeof bin === "string" ? bin : Object(bin).prisma;
  return typeof entry === "string" ? join(folder, entry) : null;
}

/** What `prisma migrate status` says, in its words of version 7. */
function readStatus(
  { code, output }: { readonly code: number | null; readonly output: string },
  options: CliOptions,
): Finding {
  const schema = prismaSchemaArgument(options);
  if (/No migration found/i.test(output)) {
    return {
      status: "problem",
      text: "Database: there are no migrations yet",
      todo: `${migrateCommand}${schema}`,
    };
  }
  if (code === 0) return { status: "ok", text: "Database: reachable, all migrations are applied" };
  if (/have not yet been applied/i.test(output)) {
    return {
      status: "problem",
      text: "Database: some migrations are not applied",
      todo: `npx prisma migrate deploy${schema} (or npx prisma migrate dev${schema} while developing)`,
    };
  }
  if (/not managed by Prisma Migrate/i.test(output)) {
    return {
      status: "problem",
      text: "Database: it has tables, but no history of migrations",
      todo: "Baseline it: https://www.prisma.io/docs/orm/prisma-migrate/workflows/baselining",
    };
  }
  if (/binaries\.prisma\.sh|schema-engine|ENOTFOUND|engine.*(download|fetch)/i.test(output)) {
    return {
      status: "skipped",
      text: "Database: not checked, Prisma's schema engine could not be downloaded or started",
    };
  }
  const reason = reasonIn(output);
  return {
    status: "problem",
    text: `Database: prisma migrate status failed: ${reason}`,
    todo: `npx prisma migrate status${schema} shows all of it`,
  };
}

/** The line that says what went wrong, without a password that may stand in an address. */
function reasonIn(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const line = lines.find(
    (text) => /^Error|P\d{4}|can't reach/i.test(text) && !/^Error:$/.test(text),
  );
  const last = lines.findLast((text) => text !== "") ?? "no output";
  return (line ?? last).replace(/(\w+:\/\/)[^@\s]*@/g, "$1***@");
}
