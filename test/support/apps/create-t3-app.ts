import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { execute } from "../project/execute.ts";

const cli = join(projectRoot, "node_modules/create-t3-app/dist/index.js");

/** What create-t3-app can add to its layout. */
type T3Part = "nextAuth" | "betterAuth" | "eslint" | "biome";

/** Creates an app as `npm create t3-app` does, without installing anything. */
export async function createT3App(folder: string, ...added: readonly T3Part[]): Promise<void> {
  const parts = ["appRouter", "prisma", "trpc", "tailwind", ...added];
  const flags = parts.flatMap((part) => [`--${part}`, "true"]);
  const options = ["--CI", "--noGit", "--noInstall", "--dbProvider", "sqlite", ...flags];
  await execute(process.execPath, [cli, basename(folder), ...options], dirname(folder));
}

/** Lets the versions of this repository compile the app, which create-t3-app made for older ones. */
export async function adaptToOurVersions(folder: string): Promise<void> {
  // TypeScript 7 knows no baseUrl any more, and resolves `paths` without it.
  const path = join(folder, "tsconfig.json");
  const config = await readFile(path, "utf8");
  await writeFile(path, config.replace('    "baseUrl": ".",\n', ""));
}

/** Lets Prisma 7 generate the client of an app that was set up for Prisma 6. */
export async function adaptToOurPrisma(folder: string): Promise<void> {
  const schema = join(folder, "prisma/schema.prisma");
  await writeFile(
    schema,
    (await readFile(schema, "utf8")).replace(/^\s*(?:url|engineType)\s*=.*\n/gm, ""),
  );
  const database = join(folder, "src/server/db.ts");
  const code = await readFile(database, "utf8");
  await writeFile(database, code.replaceAll("PrismaBetterSQLite3", "PrismaBetterSqlite3"));
}

/** Replaces next-auth, which is not installed here, by a session of its type. */
export async function replaceNextAuth(folder: string): Promise<void> {
  await rm(join(folder, "src/app/api/auth"), { recursive: true });
  await rm(join(folder, "src/server/auth/config.ts"));
  await writeFile(
    join(folder, "src/server/auth/index.ts"),
    `interface Session {
  user: { id: string; name?: string | null };
}

export const auth = async (): Promise<Session | null> => ({ user: { id: "u1", name: "Ada" } });
`,
  );
}
