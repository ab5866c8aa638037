import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

import type { CliIo } from "../project/cli-io.ts";
import type { CliOptions } from "./cli-options.ts";
import type { SchemaPlace } from "../schema/find-schema.ts";
import { modelRoles } from "../schema/model-names.ts";
import { readDependencies } from "../project/read-package-json.ts";
import { readPrismaConfig } from "../schema/read-prisma-config.ts";
import type { Provider } from "../schema/datasource-provider.ts";
import { isProvider, providerFacts, providers } from "../schema/datasource-provider.ts";
import { renderModel } from "../schema/render-model.ts";
import { migrateCommand, prismaSchemaArgument } from "./sync.ts";
import { templateModels } from "../schema/template-models.ts";

/** Where the generated client goes, seen from the project's folder. */
const clientFolder = "generated/prisma";

/** Writes a new schema and, when there is none, a Prisma config. Resolves with the exit code. */
export async function createSchema(
  place: SchemaPlace,
  options: CliOptions,
  io: CliIo,
): Promise<number> {
  const path = place.isFolder ? join(place.path, "schema.prisma") : place.path;
  const provider = options.provider ?? (await askForProvider(io));
  const models = modelRoles.map((role) => options.names[role]).join(", ");
  const config = readPrismaConfig(io.cwd);
  const files = [{ path, content: schemaText(path, provider, options, io) }];
  if (config === null) {
    const schema = place.isFolder ? place.path : path;
    const content = configText(toPosix(relative(io.cwd, schema)), provider);
    files.push({ path: resolve(io.cwd, "prisma.config.ts"), content });
  }
  for (const file of files) {
    const label = relative(io.cwd, file.path);
    if (options.dryRun) {
      io.out(`--- ${label} (not written)\n${file.content}`);
      continue;
    }
    mkdirSync(dirname(file.path), { recursive: true });
    // "wx": somebody else's file is never overwritten, not even one that came up this very moment.
    writeFileSync(file.path, file.content, { flag: "wx" });
    io.out(`Wrote ${label}${file.path === path ? ` for ${provider}: ${models}` : ""}`);
  }
  if (options.dryRun) return 0;
  io.out(`\nNext:\n${nextSteps(provider, options, io, config === null)}`);
  return 0;
}

async function askForProvider(io: CliIo): Promise<Provider> {
  if (!io.isInteractive) return "sqlite";
  for (;;) {
    const answer = await io.ask(`Which database? ${providers.join(", ")} [sqlite] `);
    if (answer === "") return "sqlite";
    if (isProvider(answer)) return answer;
    io.out(`Please type one of: ${providers.join(", ")}.`);
  }
}

function schemaText(path: string, provider: Provider, options: CliOptions, io: CliIo): string {
  const output = toPosix(relative(dirname(path), resolve(io.cwd, clientFolder)));
  const head = [
    "generator client {",
    '  provider = "prisma-client"',
    `  output   = "${output.startsWith(".") ? output : `./${output}`}"`,
    "}",
    "",
    "datasource db {",
    `  provider = "${provider}"`,
    "}",
  ];
  const models = templateModels(options.names, { provider, name: "db" });
  return `${[head, ...models.map((model) => renderModel(model))]
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function configText(schema: string, provider: Provider): string {
  const fallback = provider === "sqlite" ? providerFacts.sqlite.exampleUrl : "";
  return `import { existsSync } from "node:fs";
import { defineConfig } from "prisma/config";

// Prisma 7 does not read .env by itself.
if (existsSync(".env")) process.loadEnvFile(".env");

export default defineConfig({
  schema: "${schema}",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "${fallback}" },
});
`;
}

function nextSteps(
  provider: Provider,
  options: CliOptions,
  io: CliIo,
  isConfigured: boolean,
): string {
  const { adapters, exampleUrl } = providerFacts[provider];
  const installed = readDependencies(io.cwd);
  const wanted = [
    "@prisma/client",
    ...(adapters.some((name) => installed.has(name)) ? [] : adapters.slice(0, 1)),
  ];
  const packages = wanted.filter((name) => !installed.has(name));
  const schema = isConfigured ? "" : prismaSchemaArgument(options);
  const hasUrl = (io.env["DATABASE_URL"] ?? "") !== "";
  const steps = [
    ...(packages.length === 0
      ? []
      : [`npm install ${packages.map((name) => `${name}@7`).join(" ")}`]),
    ...(installed.has("prisma") ? [] : ["npm install --save-dev prisma@7"]),
    ...(hasUrl ? [] : [`Set DATABASE_URL in .env, such as: DATABASE_URL="${exampleUrl}"`]),
    `${migrateCommand}${schema}`,
    `npx prisma generate${schema}`,
    `import { PrismaClient } from "../${clientFolder}/client", and add /generated/ to .gitignore`,
    "npx node-llm-trpc doctor checks all of it",
  ];
  return steps.map((step, index) => `  ${index + 1}. ${step}`).join("\n");
}

function toPosix(path: string): string {
  return path.split(sep).join("/");
}
