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

/** Builds and packs the package as `npm publish` does, and installs it in an empty project. */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), "package-"));
  const packed = await execute(
    "npm",
    ["pack", "--json", "--pack-destination", folder],
    projectRoot,
  );
  const filename = /"filename": "([^"]+)"/.exec(packed)?.[1] ?? "";
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  const options = ["--offline", "--legacy-peer-deps", "--no-audit", "--no-fund"];
  await execute("npm", ["install", ...options, `./${filename}`], folder);
  await linkPackages(folder, companions);
  return {
    folder,
    packageFolder: join(folder, "node_modules/node-llm-trpc"),
    remove: async () => await rm(folder, { recursive: true, force: true }),
  };
}
