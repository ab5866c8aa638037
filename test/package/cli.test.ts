import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { databaseProviders, migrationsPath } from "../../scripts/lib/database-provider.ts";
import { projectRoot } from "../../scripts/lib/project-root.ts";
import { parseSchema } from "../../src/cli/schema/parse-schema.ts";
import { linkPackages } from "../support/project/link-packages.ts";
import { execute } from "../support/project/execute.ts";
import { schemaDiff } from "../support/databases/schema-diff.ts";
import { specificationModels } from "../support/databases/specification-models.ts";

/** Packages that a user has installed. They are links to ours, so the test needs no network. */
const companions = ["@node-llm/core", "@prisma/adapter-better-sqlite3", "@prisma/client", "prisma"];

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "cli-"));
  await linkPackages(root, companions);
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** Creates an empty project with Prisma and a driver adapter installed. */
async function createProject(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  return folder;
}

/** Runs a TypeScript file. */
async function runFile(folder: string, path: string, ...args: readonly string[]): Promise<string> {
  const tsx = import.meta.resolve("tsx");
  return await execute(process.execPath, ["--import", tsx, path, ...args], folder);
}

async function runCli(folder: string, ...args: readonly string[]): Promise<string> {
  return await runFile(folder, join(projectRoot, "src/cli/main.ts"), ...args);
}

async function runPrisma(folder: string, command: "generate" | "format"): Promise<void> {
  const cli = join(root, "node_modules/prisma/build/index.js");
  // Neither command uses the schema engine, but Prisma would download it on every call.
  const env = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: "1" };
  await promisify(execFile)(process.execPath, [cli, command], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
}

const readSchema = async (folder: string): Promise<string> =>
  await readFile(join(folder, "prisma/schema.prisma"), "utf8");

/** Writes the specification's models below the blocks that `init` writes, and syncs them. */
async function syncSpecification(folder: string, initialized: string): Promise<string> {
  const head = initialized.slice(0, initialized.indexOf("model LlmChat"));
  await mkdir(join(folder, "prisma"), { recursive: true });
  await writeFile(join(folder, "prisma/schema.prisma"), head + specificationModels);
  // On MySQL the specification's text columns are too short, which `sync` reports with exit code 1.
  await runCli(folder, "sync", "--write").catch((error: unknown) => {
    expect(String(error)).toContain("@db.LongText");
  });
  return await readSchema(folder);
}

describe.each([...databaseProviders, "mysql"] as const)("init --provider %s", (provider) => {
  let folder: string;

  beforeAll(async () => {
    folder = await createProject(provider);
    await runCli(folder, "init", "--provider", provider);
  });

  it("passes prisma generate and is formatted like prisma format does", async () => {
    const before = await readSchema(folder);
    await runPrisma(folder, "generate");
    const client = await readFile(join(folder, "generated/prisma/client.ts"), "utf8");
    expect(client).toContain("export type LlmMessageChunk");
    await runPrisma(folder, "format");
    expect(await readSchema(folder)).toBe(before);
  });
});

describe.each(databaseProviders)("on %s", (provider) => {
  it("creates the same tables from the specification's models and from our migrations", async () => {
    const folder = await createProject(`${provider}-init`);
    await runCli(folder, "init", "--provider", provider);
    const initialized = await readSchema(folder);
    const synced = await syncSpecification(await createProject(`${provider}-sync`), initialized);
    expect(await schemaDiff(provider, initialized, synced)).toBe("");
    expect(await schemaDiff(provider, synced, initialized)).toBe("");
    expect(await schemaDiff(provider, null, synced)).toContain('CREATE TABLE "LlmMessageChunk"');
    const migrated = await readFile(join(migrationsPath(provider), "schema.prisma"), "utf8");
    expect(await schemaDiff(provider, migrated, initialized)).toBe("");
  });
});

it("adds the same fields on mysql", async () => {
  const folder = await createProject("mysql-init");
  await runCli(folder, "init", "--provider", "mysql");
  const initialized = await readSchema(folder);
  const project = await createProject("mysql-sync");
  const synced = await syncSpecification(project, initialized);
  await runPrisma(project, "generate");
  // The schema engine on npm does not support MySQL, so this compares schemas instead of SQL.
  const contentOf = (schema: string): unknown =>
    parseSchema(schema).map(({ name, fields, attributes }) => [
      name,
      [...fields.map((field) => field.name), ...attributes.map(({ code }) => code)].toSorted(),
    ]);
  expect(contentOf(synced)).toEqual(contentOf(initialized));
});

it("writes a schema whose generated client works with the library", async () => {
  const folder = await createProject("use");
  await runCli(folder, "init");
  await runPrisma(folder, "generate");
  const url = `file:${join(folder, "dev.db")}`;
  const connection = await new PrismaBetterSqlite3({ url }).connect();
  await connection.executeScript(await schemaDiff("sqlite", null, await readSchema(folder)));
  await connection.dispose();
  const entry = (name: string): string =>
    JSON.stringify(pathToFileURL(join(projectRoot, "src", name, "index.ts")).href);
  const code = `import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import { createChat, loadChat } from ${entry("orm")};
import { createScriptedProvider } from ${entry("testing")};
import { createLLM } from "@node-llm/core";
import { PrismaClient } from "./generated/prisma/client.ts";

const adapter = new PrismaBetterSqlite3({ url: ${JSON.stringify(url)} });
const prisma = new PrismaClient({ adapter });
const llm = createLLM({ provider: createScriptedProvider("It works.") });
const chat = await createChat(prisma, llm, { model: "scripted", title: "First" });
await chat.ask("Does it?");
const messages = await (await loadChat(prisma, llm, chat.id)).messages();
console.log(messages.map(({ content }) => content).join(" "));
await prisma.$disconnect();
`;
  await writeFile(join(folder, "use.ts"), code);
  const output = await runFile(folder, "use.ts");
  expect(output.trim()).toBe("Does it? It works.");
});
