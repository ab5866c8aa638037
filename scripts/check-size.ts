import { gzipSync } from "node:zlib";

import type { Plugin } from "esbuild";
import { build } from "esbuild";

import { projectRoot } from "./lib/project-root.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";

/**
 * The gzipped bytes that `node-llm-trpc/react` may add to a page with React, React Query and tRPC. What is loaded only
 * where it is used does not count.
 */
const budget = 9.1 * 1024;

/** Leaves out what is imported when it is needed. */
const leaveOut: Plugin = {
  name: "leave-out",
  setup: (building) =>
    building.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path, external: true } : null,
    ),
};

await runScript(async () => {
  const { size } = await bundle(true);
  const all = await bundle(false);
  if (all.foreign.length > 0) {
    throw new SetupError(
      `node-llm-trpc/react bundles files from outside src/react, src/chat and src/shared: ${all.foreign.join(", ")}. Import only types from there.`,
    );
  }
  console.log(
    `node-llm-trpc/react: ${size} of ${budget} bytes, gzipped, and ${all.size - size} where they are used`,
  );
  if (size > budget) {
    throw new SetupError(
      `node-llm-trpc/react is ${size - budget} bytes over its budget. Make it smaller.`,
    );
  }
});

/** @param isFirst without what is loaded later */
async function bundle(isFirst: boolean) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: ["src/react/index.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    outdir: "size",
    metafile: true,
    external: ["react", "react/*", "@tanstack/react-query", "@trpc/*"],
    plugins: isFirst ? [leaveOut] : [],
  });
  return {
    size: outputFiles.reduce((sum, file) => sum + gzipSync(file.contents).length, 0),
    foreign: Object.keys(metafile.inputs).filter(
      (file) => !/^src\/(react|chat|shared)\//.test(file),
    ),
  };
}
