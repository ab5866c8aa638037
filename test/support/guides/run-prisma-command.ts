import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { runCommand } from "../../../scripts/lib/run-command.ts";
import { schemaDiff } from "../databases/schema-diff.ts";

/** The CLI of Prisma wants to download engines that `generate` does not use. */
const offline = {
  CHECKPOINT_DISABLE: "1",
  CI: "1",
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
};

/**
 * Runs a command of a guide that makes the client and the tables. `prisma migrate dev` would download its engine, so the
 * same engine as WebAssembly makes the tables.
 *
 * @param database the path of the SQLite file, in the folder
 */
export async function runPrismaCommand(
  command: string,
  folder: string,
  database: string,
): Promise<void> {
  if (command === "npx prisma migrate dev --name node_llm_trpc") {
    const schema = await readFile(join(folder, "prisma/schema.prisma"), "utf8");
    const url = `file:${join(folder, database)}`;
    const connection = await new PrismaBetterSqlite3({ url }).connect();
    await connection.executeScript(await schemaDiff("sqlite", null, schema));
    await connection.dispose();
    return;
  }
  const [, name = "", rest = ""] = /^npx ([\w-]+) (.+)$/.exec(command) ?? [];
  const program = {
    "node-llm-trpc": ["--import", "tsx", join(projectRoot, "src/cli/main.ts")],
    prisma: [join(projectRoot, "node_modules/prisma/build/index.js")],
  }[name];
  if (program === undefined) throw new Error(`No guide may run this: ${command}`);
  const args = [...program, ...rest.split(" ")];
  const result = await runCommand(process.execPath, args, {
    cwd: folder,
    quiet: true,
    env: offline,
  });
  if (result.code !== 0)
    throw new Error(`${command} exited with ${result.code}:\n${result.output}`);
}
