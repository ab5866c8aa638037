import { findNextApp } from "../app/next-app.ts";
import { checkApp } from "../checks/check-app.ts";
import { checkCopies } from "../checks/check-copies.ts";
import { checkClient } from "../checks/check-client.ts";
import { checkDatabaseUrl } from "../checks/check-database-url.ts";
import { checkMigrations } from "../checks/check-migrations.ts";
import { checkPackages } from "../checks/check-packages.ts";
import { checkPeers } from "../checks/check-peers.ts";
import { checkProviderKey } from "../checks/check-provider-key.ts";
import { checkSchema } from "../checks/check-schema.ts";
import { checkSearch } from "../checks/check-search.ts";
import { checkSqliteDriver } from "../checks/check-sqlite-driver.ts";
import type { Finding } from "../checks/finding.ts";
import type { CliIo, Environment } from "../project/cli-io.ts";
import { prismaMajorOf } from "../project/prisma-major.ts";
import { readEnvironment } from "../project/read-environment.ts";
import type { SchemaPlace } from "../schema/find-schema.ts";
import { databaseVariable } from "../schema/database-variable.ts";
import { findSchema } from "../schema/find-schema.ts";
import { openSchema } from "../schema/open-schema.ts";
import { readPrismaConfig } from "../schema/read-prisma-config.ts";
import { cliCommand } from "../schema/suggested-commands.ts";
import type { CliOptions } from "./cli-options.ts";
import { numberedList } from "./numbered-list.ts";

const marks = { ok: "✓", problem: "✗", skipped: "–", note: "·" } as const;

/** `doctor`: checks a project without changing anything. Resolves with the exit code. */
export async function doctor(options: CliOptions, io: CliIo): Promise<number> {
  const findings: Finding[] = [];
  const add = (found: readonly Finding[]): void => {
    for (const finding of found) {
      findings.push(finding);
      io.out(`${marks[finding.status]} ${finding.text}`);
    }
  };
  const env = readEnvironment(io.cwd, io.env);
  add(checkPeers(io.cwd));
  add(checkCopies(io.cwd));
  const place = findSchema(io.cwd, options.schema);
  if (place.files.length === 0) {
    add([
      {
        status: "problem",
        text: `Schema: not found at ${place.label}`,
        todo: cliCommand("init", options),
      },
    ]);
  } else {
    await checkProject(place, options, io, env, add);
  }
  add([checkProviderKey(env)]);
  return conclude(findings, io);
}

async function checkProject(
  place: SchemaPlace,
  options: CliOptions,
  io: CliIo,
  env: Environment,
  add: (findings: readonly Finding[]) => void,
): Promise<void> {
  const project = openSchema(place, options, io);
  const app = findNextApp(io.cwd);
  const config = readPrismaConfig(io.cwd);
  const needsConfig = prismaMajorOf(io.cwd) >= 7;
  const { provider } = project.datasource;
  const packages = checkPackages(io.cwd, provider);
  // Each step needs the ones before it: what is generated comes from the schema and the config, and needs the packages.
  add(packages);
  add(checkSqliteDriver(io.cwd));
  add(checkSchema(project, options));
  add(checkSearch(project, options, io));
  if (app !== null) add(checkApp(app, project, options, env, "schema"));
  else if (needsConfig && config === null) {
    add([
      {
        status: "problem",
        text: "Config: prisma.config.ts is missing, and Prisma 7 reads the database URL from it",
        todo: "Add prisma.config.ts: https://www.prisma.io/docs/orm/reference/prisma-config-reference",
      },
    ]);
  }
  const url = checkDatabaseUrl(project, config, env);
  add([url]);
  add(await checkClient(project, options, io));
  const hasNoConfig = needsConfig && config === null;
  if (url.status === "problem" || hasNoConfig) {
    const cause = hasNoConfig
      ? "prisma.config.ts is missing"
      : `of ${databaseVariable(project.files, config)}`;
    add([{ status: "skipped", text: `Database: not checked, because ${cause}` }]);
  } else {
    add([await checkMigrations(project, options, io, env)]);
  }
  if (app !== null) add(checkApp(app, project, options, env, "code"));
}

function conclude(findings: readonly Finding[], io: CliIo): number {
  const todos = findings.flatMap(({ todo }) => (todo === undefined ? [] : [todo]));
  if (todos.length === 0) {
    const skipped = findings.filter(({ status }) => status === "skipped").length;
    io.out(
      skipped === 0 ? "\nAll checks passed." : `\nNo problems found. Checks skipped: ${skipped}.`,
    );
    return 0;
  }
  io.out(`\nTo fix:\n${numberedList([...new Set(todos)])}`);
  return 1;
}
