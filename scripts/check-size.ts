import { gzipSync } from "node:zlib";

import { build } from "esbuild";

import { projectRoot } from "./lib/project-root.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";

/** The gzipped bytes that `node-llm-trpc/react` may add to an app with React, React Query and tRPC. */
const budget = 9 * 1024;

await runScript(async () => {
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
  });
  const foreign = Object.keys(metafile.inputs).filter(
    (file) => !/^src\/(react|chat|shared)\//.test(file),
  );
  if (foreign.length > 0) {
    throw new SetupError(
      `node-llm-trpc/react bundles files from outside src/react, src/chat and src/shared: ${foreign.join(", ")}. Import only types from there.`,
    );
  }
  const size = outputFiles.reduce((sum, file) => sum + gzipSync(file.contents).length, 0);
  console.log(`node-llm-trpc/react: ${size} of ${budget} bytes, gzipped`);
  if (size > budget) {
    throw new SetupError(
      `node-llm-trpc/react is ${size - budget} bytes over its budget. Make it smaller.`,
    );
  }
});
