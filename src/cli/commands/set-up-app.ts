import { writeFileSync } from "node:fs";

import { chooseProvider } from "../app/provider-choice.ts";
import type { NextApp } from "../app/next-app.ts";
import { mergeChanges, planAppSetup } from "../app/plan-app-setup.ts";
import { showDiff } from "../code/file-change.ts";
import type { CliIo } from "../project/cli-io.ts";
import { prismaMajorOf } from "../project/prisma-major.ts";
import { readEnvironment, readVariable } from "../project/read-environment.ts";
import { readDependencies } from "../project/read-package-json.ts";
import { writeNewFile } from "../project/write-new-file.ts";
import { databaseVariable } from "../schema/database-variable.ts";
import { databaseFacts } from "../schema/datasource-provider.ts";
import { findSchema } from "../schema/find-schema.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import { openSchema } from "../schema/open-schema.ts";
import { readPrismaConfig } from "../schema/read-prisma-config.ts";
import { cliCommand, migrateCommand, prismaCommand } from "../schema/suggested-commands.ts";
import type { CliOptions } from "./cli-options.ts";
import { numberedList } from "./numbered-list.ts";

/** Sets up the app around its schema, which has the models already, or shows how. Returns the exit code. */
export function setUpApp(app: NextApp, options: CliOptions, io: CliIo): number {
  const place = findSchema(io.cwd, options.schema);
  const env = readEnvironment(io.cwd, io.env);
  const project = openSchema(place, options, io);
  const steps = planAppSetup(app, project, env);
  const changes = mergeChanges(steps);
  const isWriting = options.write && !options.dryRun;
  for (const change of changes) {
    if (isWriting) {
      if (change.before === null) writeNewFile(change.path, change.label, change.after);
      else writeFileSync(change.path, change.after);
      io.out(`${change.before === null ? "Wrote" : "Changed"} ${change.label}`);
    } else {
      io.out(`\n${showDiff(change)}`);
    }
  }
  const manual = steps.flatMap((step) => (step.manual === null ? [] : [step.manual]));
  if (changes.length === 0 && manual.length === 0) {
    io.out("Nothing to set up: the app has the router, the link and the page.");
  }
  if (changes.length > 0 && !isWriting) {
    io.out(
      `\nNothing else was written. To make these changes, run: ${cliCommand("init --write", options)}`,
    );
  }
  for (const text of manual) io.err(`\nTo do by hand: ${text}`);
  if (isWriting && changes.length > 0) {
    io.out(`\nNext:\n${numberedList(nextSteps(project, options, io))}`);
  }
  return manual.length === 0 ? 0 : 1;
}

function nextSteps(project: ProjectSchema, options: CliOptions, io: CliIo): readonly string[] {
  const env = readEnvironment(io.cwd, io.env);
  const installed = readDependencies(io.cwd);
  const { adapters, exampleUrl } = databaseFacts[project.datasource.provider];
  const major = prismaMajorOf(io.cwd);
  const packages = [
    ...(installed.has("@node-llm/core") ? [] : ["@node-llm/core"]),
    ...(installed.has("@prisma/client") ? [] : [`@prisma/client@${major}`]),
    ...(adapters.some((name) => installed.has(name)) ? [] : [`${adapters[0] ?? ""}@${major}`]),
  ];
  const key = chooseProvider(env).variable;
  const url = databaseVariable(project.files, readPrismaConfig(io.cwd));
  return [
    ...(packages.length === 0 ? [] : [`npm install ${packages.join(" ")}`]),
    ...(installed.has("prisma") ? [] : [`npm install --save-dev prisma@${major}`]),
    ...(readVariable(env, url) === null
      ? [`Set ${url} in .env, for example: ${url}="${exampleUrl}"`]
      : []),
    migrateCommand(options.schema),
    prismaCommand("generate", options.schema),
    ...(readVariable(env, key) === null ? [`Set ${key} in .env`] : []),
    "npm run dev, and open http://localhost:3000/chat",
  ];
}
