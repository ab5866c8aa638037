import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { oldestPeers } from "../../test/support/apps/oldest-packages.ts";
import { provideSqliteDriver } from "./ensure-sqlite-driver.ts";
import { projectRoot } from "./project-root.ts";
import { runCommand } from "./run-command.ts";
import { SetupError } from "./setup-error.ts";

/** The oldest Prisma that works, with all that depends on its version, and the oldest zod. */
const packages: Readonly<Record<string, string>> = {
  "@prisma/adapter-better-sqlite3": "6.16.0",
  "@prisma/adapter-mariadb": "6.16.1",
  "@prisma/adapter-pg": "6.16.0",
  "@prisma/client": oldestPeers["@prisma/client"],
  prisma: "6.16.0",
  zod: oldestPeers.zod,
};

/** What is not copied: it is made again, or not needed. */
const leftOut: readonly string[] = [
  ".cache",
  ".data",
  ".git",
  ".next",
  "dist",
  "generated",
  "node_modules",
];

/** A copy of this project in a folder of its own. */
interface CopiedProject {
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/**
 * Copies this project, with the oldest Prisma and zod from the registry in place of the installed ones, and generates its clients.
 *
 * @throws {SetupError} when the packages cannot be installed.
 */
export async function createPrisma6Project(): Promise<CopiedProject> {
  const parent = await mkdtemp(join(tmpdir(), "prisma6-"));
  const remove = (): Promise<void> => rm(parent, { recursive: true, force: true });
  try {
    await install(parent);
    const folder = join(parent, "project");
    await mkdir(folder);
    for (const name of await readdir(projectRoot))
      if (!leftOut.includes(name))
        await cp(join(projectRoot, name), join(folder, name), { recursive: true });
    await linkPackages(join(parent, "node_modules"), join(folder, "node_modules"));
    const args = ["node_modules/tsx/dist/cli.mjs", "scripts/generate.ts"];
    const { code, output } = await runCommand(process.execPath, args, { cwd: folder, quiet: true });
    if (code !== 0) throw new SetupError(`Prisma 6 could not generate the clients:\n${output}`);
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function install(parent: string): Promise<void> {
  await writeFile(join(parent, "package.json"), JSON.stringify({ dependencies: packages }));
  // Prisma's scripts download engines that its client does not use any more.
  const options = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
  const { code, output } = await runCommand("npm", ["install", ...options], {
    cwd: parent,
    quiet: true,
  });
  if (code !== 0) throw new SetupError(`Prisma 6 could not be installed:\n${output}`);
  await provideSqliteDriver(parent);
}

/** Links the packages of this project, but for those that are installed for Prisma 6. */
async function linkPackages(installed: string, target: string): Promise<void> {
  const ours = join(projectRoot, "node_modules");
  await mkdir(join(target, "@prisma"), { recursive: true });
  for (const name of await readdir(ours))
    if (name !== "@prisma" && (name === ".bin" || !name.startsWith(".")))
      await symlink(join(name in packages ? installed : ours, name), join(target, name));
  const own = await readdir(join(installed, "@prisma"));
  const others = (await readdir(join(ours, "@prisma"))).filter((name) => !own.includes(name));
  for (const [folder, names] of [
    [ours, others],
    [installed, own],
  ] as const)
    for (const name of names)
      if (name !== sqliteAdapter)
        await symlink(join(folder, "@prisma", name), join(target, "@prisma", name));
  await renameSqliteAdapter(
    join(installed, "@prisma", sqliteAdapter),
    join(target, "@prisma", sqliteAdapter),
  );
}

const sqliteAdapter = "adapter-better-sqlite3";

/** Prisma 7 has changed the spelling of the class that the tests use. */
async function renameSqliteAdapter(installed: string, target: string): Promise<void> {
  await mkdir(target);
  const manifest = {
    name: `@prisma/${sqliteAdapter}`,
    version: packages["prisma"],
    type: "module",
    exports: { types: "./index.d.ts", default: "./index.js" },
  };
  await writeFile(join(target, "package.json"), JSON.stringify(manifest));
  const from = JSON.stringify(join(installed, "dist/index.mjs"));
  const code = `export { PrismaBetterSQLite3 as PrismaBetterSqlite3 } from ${from};\n`;
  for (const name of ["index.js", "index.d.ts"]) await writeFile(join(target, name), code);
}
