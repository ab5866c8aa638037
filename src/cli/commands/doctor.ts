import { checkClient } from "../checks/check-client.ts";
import { checkDatabaseUrl, checkMigrations } from "../checks/check-migrations.ts";
import { checkPackages } from "../checks/check-packages.ts";
import { checkProviderKey } from "../checks/check-provider-key.ts";
import { checkSchema } from "../checks/check-schema.ts";
import type { CliIo } from "../project/cli-io.ts";
import type { CliOptions } from "./cli-options.ts";
import type { Finding } from "../checks/finding.ts";
import type { SchemaPlace } from "../schema/find-schema.ts";
import { findSchema } from "../schema/find-schema.ts";
import { readPrismaConfig } from "../schema/read-prisma-config.ts";
import { commandArguments, openSchema } from "../schema/open-schema.ts";
import { readEnvironment } from "../project/read-environment.ts";

const marks = { ok: "✓", problem: "✗", skipped: "–", note: "·" } as const;

/** `doctor`: checks a project and changes nothing. Resolves with the exit code. */
export async function doctor(options: CliOptions, io: CliIo): Promise<number> {
  const findings: Finding[] = [];
  const add = (found: readonly Finding[]): void => {
    for (const finding of found) {
      findings.push(finding);
      const label = finding.status === "skipped" ? "skipped: " : "";
      io.out(`${marks[finding.status]} ${label}${finding.text}`);
    }
  };
  const env = readEnvironment(io.cwd, io.env);
  const place = findSchema(io.cwd, options.schema);
  if (place.files.length === 0) {
    add([
      {
        status: "problem",
        text: `Schema: there is none at ${place.label}`,
        todo: `npx node-llm-trpc init${commandArguments(options)}`,
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
  env: Readonly<Record<string, string | undefined>>,
  add: (findings: readonly Finding[]) => void,
): Promise<void> {
  const project = openSchema(place, options, io);
  const config = readPrismaConfig(io.cwd);
  add(checkSchema(project, options));
  add(checkPackages(io.cwd, project.datasource.provider));
  add(await checkClient(project, options, io));
  if (config === null) {
    add([
      {
        status: "problem",
        text: "Config: there is no prisma.config.ts, and Prisma 7 reads the database's address from there",
        todo: "Add prisma.config.ts: https://www.prisma.io/docs/orm/reference/prisma-config-reference",
      },
    ]);
  }
  const url = checkDatabaseUrl(project, config, env);
  add([url]);
  if (url.status === "problem" || config === null) {
    const reason = config === null ? "prisma.config.ts" : "DATABASE_URL";
    add([{ status: "skipped", text: `Database: not checked, because of ${reason}` }]);
  } else {
    add([await checkMigrations(project, options, io, env)]);
  }
}

function conclude(findings: readonly Finding[], io: CliIo): number {
  const todos = findings.flatMap(({ todo }) => (todo === undefined ? [] : [todo]));
  if (todos.length === 0) {
    const skipped = findings.filter(({ status }) => status === "skipped").length;
    io.out(skipped === 0 ? "\nAll is well." : `\nNothing to do. Not checked: ${skipped}.`);
    return 0;
  }
  const list = [...new Set(todos)].map((todo, index) => `  ${index + 1}. ${todo}`);
  io.out(`\nWhat to do:\n${list.join("\n")}`);
  return 1;
}
