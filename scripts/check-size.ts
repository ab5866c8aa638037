import { gzipSync } from "node:zlib";

import { build } from "esbuild";

import { projectRoot } from "./lib/project-root.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";

/**
 * What `node-llm-trpc/react` may add to an app that has React, React Query and tRPC, in gzipped bytes: to the
 * code of a page's first sight, and with what is loaded apart after it.
 */
const budgets = { "first sight": 8 * 1024, "with what is loaded later": 10.5 * 1024 };
/** The module that is loaded apart, as it is imported. */
const later = "./later.ts";

await runScript(async () => {
  const sizes = {
    "first sight": await measure([later]),
    "with what is loaded later": await measure([]),
  };
  for (const part of ["first sight", "with what is loaded later"] as const) {
    console.log(`node-llm-trpc/react, ${part}: ${sizes[part]} of ${budgets[part]} bytes, gzipped`);
    const excess = sizes[part] - budgets[part];
    if (excess > 0) {
      throw new SetupError(`node-llm-trpc/react, ${part}, is ${excess} bytes too large. Trim it.`);
    }
  }
});

/** The gzipped bytes of the entry and all that it imports, without these modules. */
async function measure(without: readonly string[]): Promise<number> {
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
    external: ["react", "react/*", "@tanstack/react-query", "@trpc/*", ...without],
  });
  const inputs = Object.keys(metafile.inputs);
  const foreign = inputs.filter((file) => !/^src\/(react|chat)\//.test(file));
  if (foreign.length > 0) {
    throw new SetupError(`node-llm-trpc/react contains other code: ${foreign.join(", ")}.`);
  }
  const isComplete = inputs.includes("src/react/later.ts");
  if (isComplete !== (without.length === 0)) {
    throw new SetupError(`${later} is no longer what src/react/load-later.ts imports.`);
  }
  return outputFiles.reduce((sum, file) => sum + gzipSync(file.contents).length, 0);
}
