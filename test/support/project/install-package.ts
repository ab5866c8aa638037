import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { execute } from "./execute.ts";
import { linkPackages } from "./link-packages.ts";

/** An empty project with the packed package installed. */
export interface InstalledPackage {
  /** The project's folder, for scripts. */
  readonly folder: string;
  /** The package's own folder in the project's node_modules. */
  readonly packageFolder: string;
  remove(): Promise<void>;
}

/** What a user of all entries installs as well. Linked from our own packages, so that no network is needed. */
const companions = [
  "@node-llm/core",
  "@prisma/adapter-better-sqlite3",
  "@prisma/client",
  "@tanstack/react-query",
  "@trpc/client",
  "@trpc/react-query",
  "@trpc/server",
  "@types/node",
  "@types/react",
  "react",
  "react-dom",
  "redis",
  "superjson",
  "typescript",
  "zod",
];

/**
 * Builds and packs the package as `npm publish` does, and installs it in an empty project.
 *
 * @param versions the packages to install with it, from the registry; without them it finds those of this repository
 */
export async function installPackage(
  versions: Readonly<Record<string, string>> = {},
): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), "package-"));
  const packed = await execute(
    "npm",
    ["pack", "--json", "--pack-destination", folder],
    projectRoot,
  );
  const filename = /"filename": "([^"]+)"/.exec(packed)?.[1] ?? "";
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  const names = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  const isLinked = names.length === 0;
  const source = isLinked ? ["--offline", "--legacy-peer-deps"] : ["--prefer-offline"];
  const options = [...source, "--ignore-scripts", "--no-audit", "--no-fund"];
  await execute("npm", ["install", ...options, `./${filename}`, ...names], folder);
  if (isLinked) await linkPackages(folder, companions);
  return {
    folder,
    packageFolder: join(folder, "node_modules/node-llm-trpc"),
    remove: async () => await rm(folder, { recursive: true, force: true }),
  };
}
