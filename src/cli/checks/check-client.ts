import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import type { CliIo } from "../project/cli-io.ts";
import { findPackage, resolveFrom } from "../project/find-package.ts";
import { runProgram } from "../project/run-program.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import { parseSchema } from "../schema/parse-schema.ts";
import type { PlacedBlock, SchemaFile } from "../schema/read-schema-files.ts";
import { blocksOf } from "../schema/read-schema-files.ts";
import type { SchemaLocation } from "../schema/suggested-commands.ts";
import { prismaCommand } from "../schema/suggested-commands.ts";
import type { Finding } from "./finding.ts";

const extensions = ["ts", "mts", "js", "mjs", "cjs"];

/** Checks that the client was generated from the current schema and can be imported. */
export async function checkClient(
  project: ProjectSchema,
  { schema }: SchemaLocation,
  io: CliIo,
): Promise<readonly Finding[]> {
  const generate = prismaCommand("generate", schema);
  const generators = blocksOf(project.files, "generator").filter(({ block }) =>
    /^prisma-client(-js)?$/.test(block.settings.get("provider") ?? ""),
  );
  if (generators.length === 0) {
    return [
      {
        status: "problem",
        text: `Client: ${project.place.label} has no generator for a Prisma client`,
        todo: `Add this to ${project.place.label}, with each setting on its own line: generator client { provider = "prisma-client", output = "../generated/prisma" }. Then run: ${generate}`,
      },
    ];
  }
  const findings: Finding[] = [];
  for (const generator of generators) {
    findings.push(await checkGenerator(generator, project, generate, io));
  }
  return findings;
}

async function checkGenerator(
  generator: PlacedBlock,
  project: ProjectSchema,
  generate: string,
  io: CliIo,
): Promise<Finding> {
  const folder = outputFolder(generator, io.cwd);
  const entry = folder === null ? null : findEntry(folder);
  const label = folder === null ? "@prisma/client" : relative(io.cwd, folder);
  const schema = folder === null ? null : readInlineSchema(folder);
  if (entry === null || schema === null) {
    return { status: "problem", text: `Client: not generated yet (${label})`, todo: generate };
  }
  if (!isSameSchema(schema, project.files)) {
    return {
      status: "problem",
      text: `Client: ${label} is out of date, because the schema has changed since it was generated`,
      todo: generate,
    };
  }
  const fresh = `Client: ${label} matches the schema`;
  if (/\.m?ts$/.test(entry) && typeScriptLoader(io.cwd) === null) {
    return {
      status: "skipped",
      text: `${fresh}. Importing it was not checked, because it is TypeScript, which Node.js ${process.version} cannot run without tsx`,
    };
  }
  const problem = await importProblem(entry, io);
  if (problem === null) return { status: "ok", text: `${fresh} and can be imported` };
  return {
    status: "problem",
    text: `Client: ${label} cannot be imported: ${problem}`,
    todo: `npm install && ${generate}`,
  };
}

/** Without `output`, the client is in node_modules/.prisma, next to @prisma/client. */
function outputFolder({ file, block }: PlacedBlock, cwd: string): string | null {
  const output = block.settings.get("output");
  if (output !== undefined) return resolve(dirname(file.path), output);
  const client = findPackage(cwd, "@prisma/client");
  return client === null ? null : resolve(client, "../../.prisma/client");
}

function findEntry(folder: string): string | null {
  const names = ["client", "index"].flatMap((name) => extensions.map((end) => `${name}.${end}`));
  const name = names.find((candidate) => existsSync(join(folder, candidate)));
  return name === undefined ? null : join(folder, name);
}

/** Reads the schema that a client was generated from. Each client contains a copy. */
function readInlineSchema(folder: string): string | null {
  const copy = join(folder, "schema.prisma");
  if (existsSync(copy)) return readFileSync(copy, "utf8");
  const paths = extensions.map((extension) => join(folder, "internal", `class.${extension}`));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) return null;
  const text = readFileSync(path, "utf8");
  const literal = /"inlineSchema":\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  return literal === undefined ? null : String(JSON.parse(literal));
}

/** Compares blocks, so comments, spacing and the order of the files do not matter. */
function isSameSchema(generated: string, files: readonly SchemaFile[]): boolean {
  const own = (blocks: readonly { readonly kind: string; readonly code: string }[]): string =>
    blocks
      .filter(({ kind }) => ["model", "enum", "type", "view", "datasource"].includes(kind))
      .map(({ code }) => code)
      .toSorted()
      .join("\n");
  return own(parseSchema(generated)) === own(files.flatMap(({ blocks }) => blocks));
}

/** Returns the arguments that let Node.js run TypeScript, or null when it cannot. */
function typeScriptLoader(cwd: string): readonly string[] | null {
  const tsx = resolveFrom(cwd, "tsx");
  if (tsx !== null) return ["--import", pathToFileURL(tsx).href];
  return "typescript" in process.features && process.features.typescript !== false ? [] : null;
}

async function importProblem(entry: string, io: CliIo): Promise<string | null> {
  const loader = /\.m?ts$/.test(entry) ? (typeScriptLoader(io.cwd) ?? []) : [];
  const code =
    "const m = await import(process.argv[1]);" +
    'if (typeof (m.PrismaClient ?? m.default?.PrismaClient) !== "function") throw new Error("it exports no PrismaClient");';
  const args = [...loader, "--input-type=module", "--eval", code, pathToFileURL(entry).href];
  const { code: exitCode, output } = await runProgram(args, io.cwd, io.env);
  if (exitCode === 0) return null;
  const line = output.split("\n").find((text) => /Error\b.*:/.test(text));
  if (line !== undefined) return line.trim();
  return exitCode === null ? "the process was killed" : `the process exited with code ${exitCode}`;
}
