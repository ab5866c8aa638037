import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { build } from "esbuild";

import { projectRoot } from "../../scripts/lib/project-root.ts";

// Here the compiled files find the packages of the benchmarks, and those of the project.
const out = join(projectRoot, "bench/node_modules/.cache/streaming");

/**
 * Compiles the benchmark's processes like an app. A runner such as tsx wraps each function to keep its name,
 * which is expensive in a server that creates many functions.
 */
export async function compile(): Promise<{ readonly file: (name: string) => string }> {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const names = ["provider", "readers", "flood-reader", "reconnecting-readers"];
  const servers = ["ours", "trpc", "ai-sdk", "core-loop"];
  await build({
    absWorkingDir: projectRoot,
    entryPoints: [...names, ...servers.map((name) => `servers/${name}`)].map(
      (name) => `bench/streaming/${name}.ts`,
    ),
    outbase: "bench/streaming",
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    packages: "external",
    alias: {
      "node-llm-trpc/redis": join(projectRoot, "src/redis/index.ts"),
      "node-llm-trpc/server": join(projectRoot, "src/server/index.ts"),
    },
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "warning",
  });
  return { file: (name) => join(out, `${name}.mjs`) };
}
