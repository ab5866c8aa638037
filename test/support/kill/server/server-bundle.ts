import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { buildSync } from "esbuild";

import { projectRoot } from "../../../../scripts/lib/project-root.ts";

let path: string | null = null;

/** Bundles server-program.ts into one file and returns its path. Hundreds of processes run it, and start in half the time. */
export function serverBundle(): string {
  if (path !== null) return path;
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL("server-program.ts", import.meta.url))],
    absWorkingDir: projectRoot,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    sourcemap: "inline",
    write: false,
  });
  // Inside the project, so that its packages are found.
  const folder = join(projectRoot, ".cache");
  mkdirSync(folder, { recursive: true });
  path = join(folder, "kill-server.mjs");
  const written = `${path}.${process.pid}`;
  writeFileSync(written, outputFiles[0]?.contents ?? "");
  renameSync(written, path); // Other tests may write the same file at the same time.
  return path;
}
