import { dirname, join, relative, resolve } from "node:path";

import { prismaConfigText } from "../app/configure-prisma.ts";
import type { NextApp } from "../app/next-app.ts";
import { styleOf, toPosix } from "../app/next-app.ts";
import { applyStyle } from "../code/code-style.ts";
import type { CliIo } from "../project/cli-io.ts";
import { prismaMajorOf } from "../project/prisma-major.ts";
import { readDependencies } from "../project/read-package-json.ts";
import { writeNewFile } from "../project/write-new-file.ts";
import { databaseVariable } from "../schema/database-variable.ts";
import type { DatasourceProvider } from "../schema/datasource-provider.ts";
import {
  datasourceProviders,
  databaseFacts,
  toDatasourceProvider,
} from "../schema/datasource-provider.ts";
import type { SchemaPlace } from "../schema/find-schema.ts";
import { modelRoles } from "../schema/model-names.ts";
import { readPrismaConfig } from "../schema/read-prisma-config.ts";
import { renderModel } from "../schema/render-model.ts";
import { cliCommand, migrateCommand, prismaCommand } from "../schema/suggested-commands.ts";
import { templateModels } from "../schema/template-models.ts";
import type { CliOptions } from "./cli-options.ts";
import { numberedList } from "./numbered-list.ts";

/** The folder of the generated client, relative to the project. */
const clientFolder = "generated/prisma";

/**
 * Writes a new schema, and a Prisma config if there is none. Resolves with the exit code.
 *
 * @param app the app that is set up after it, or null when that was all
 */
export async function createSchema(
  place: SchemaPlace,
  options: CliOptions,
  io: CliIo,
  app: NextApp | null,
): Promise<number> {
  const path = place.isFolder ? join(place.path, "schema.prisma") : place.path;
  const provider = options.provider ?? (await askForProvider(io));
  const models = modelRoles.map((role) => options.names[role]).join(", ");
  const config = readPrismaConfig(io.cwd);
  const variable = databaseVariable([], config);
  const prismaMajor = prismaMajorOf(io.cwd);
  const files = [
    { path, content: schemaText(path, { provider, prismaMajor, variable }, options, io) },
  ];
  if (config === null) {
    const schema = place.isFolder ? place.path : path;
    const code = prismaConfigText(toPosix(relative(io.cwd, schema)), {
      provider,
      prismaMajor,
      messageTable: options.names.message,
      variable,
    });
    const configPath = resolve(io.cwd, "prisma.config.ts");
    const content = app === null ? code : applyStyle(configPath, code, styleOf(app));
    files.push({ path: configPath, content });
  }
  for (const file of files) {
    const label = relative(io.cwd, file.path);
    if (options.dryRun) {
      io.out(`--- ${label} (not written)\n${file.content}`);
      continue;
    }
    writeNewFile(file.path, label, file.content);
    io.out(`Wrote ${label}${file.path === path ? ` for ${provider}: ${models}` : ""}`);
  }
  if (options.dryRun || app !== null) return 0;
  // A config that was just written names the schema, so the commands need no --schema.
  const schema = config === null ? undefined : options.schema;
  io.out(
    `\nNext:\n${numberedList(nextSteps({ provider, prismaMajor, variable }, { ...options, schema }, io))}`,
  );
  return 0;
}

async function askForProvider(io: CliIo): Promise<DatasourceProvider> {
  if (!io.isInteractive) return "sqlite";
  const names = datasourceProviders.join(", ");
  for (;;) {
    const answer = await io.ask(`Which database? ${names} [sqlite] `);
    if (answer === "") return "sqlite";
    const provider = toDatasourceProvider(answer);
    if (provider !== null) return provider;
    io.out(`Please enter one of: ${names}.`);
  }
}

interface DatabaseFacts {
  readonly provider: DatasourceProvider;
  readonly prismaMajor: number;
  /** The name of the variable that has the URL. */
  readonly variable: string;
}

function schemaText(
  path: string,
  { provider, prismaMajor, variable }: DatabaseFacts,
  options: CliOptions,
  io: CliIo,
): string {
  const output = toPosix(relative(dirname(path), resolve(io.cwd, clientFolder)));
  const isPrisma6 = prismaMajor < 7;
  const width = (isPrisma6 ? "engineType" : "provider").length;
  const head = [
    "generator client {",
    `  ${"provider".padEnd(width)} = "prisma-client"`,
    `  ${"output".padEnd(width)} = "${output.startsWith(".") ? output : `./${output}`}"`,
    // Prisma 6 has these two settings here: it starts an engine of its own unless it is told to do without.
    ...(isPrisma6 ? ['  engineType = "client"'] : []),
    "}",
    "",
    "datasource db {",
    `  provider = "${provider}"`,
    ...(isPrisma6 ? [`  url      = env("${variable}")`] : []),
    "}",
  ];
  const models = templateModels(options.names, { provider, name: "db" });
  return `${[head, ...models.map((model) => renderModel(model))]
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function nextSteps(
  { provider, prismaMajor, variable }: DatabaseFacts,
  options: CliOptions,
  io: CliIo,
): readonly string[] {
  const { adapters, exampleUrl } = databaseFacts[provider];
  const installed = readDependencies(io.cwd);
  const wanted = [
    "@prisma/client",
    ...(adapters.some((name) => installed.has(name)) ? [] : adapters.slice(0, 1)),
  ];
  const packages = wanted.filter((name) => !installed.has(name));
  const hasUrl = (io.env[variable] ?? "") !== "";
  return [
    ...(packages.length === 0
      ? []
      : [`npm install ${packages.map((name) => `${name}@${prismaMajor}`).join(" ")}`]),
    ...(installed.has("prisma") ? [] : [`npm install --save-dev prisma@${prismaMajor}`]),
    ...(hasUrl ? [] : [`Set ${variable} in .env, for example: ${variable}="${exampleUrl}"`]),
    ...(provider === "mysql"
      ? [
          `${migrateCommand(options.schema)} --create-only`,
          "In that migration, write COLLATE utf8mb4_nopad_bin on MariaDB, or COLLATE utf8mb4_0900_bin on MySQL, in place of utf8mb4_unicode_ci, so that ids and owners are compared exactly",
        ]
      : []),
    migrateCommand(options.schema),
    prismaCommand("generate", options.schema),
    ...(provider === "mysql"
      ? []
      : [
          `Add the index of the search: ${cliCommand("sync --write", options)}, then ${prismaCommand("migrate dev", options.schema)}`,
        ]),
    `Import PrismaClient from "../${clientFolder}/client", and add /generated/ to .gitignore`,
    `Check the setup: ${cliCommand("doctor", options)}`,
  ];
}
