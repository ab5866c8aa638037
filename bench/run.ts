import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../scripts/lib/project-root.ts";
import { runCommand } from "../scripts/lib/run-command.ts";

/**
 * Runs all benchmarks one after the other, or only the given ones:
 *
 *     npm run bench
 *     npm run bench persistence
 */
const folder = join(projectRoot, "bench");
const all = readdirSync(folder).filter((name) => existsSync(join(folder, name, "run.ts")));
const named = process.argv.slice(2);
const unknown = named.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown benchmark: ${unknown.join(", ")}. The benchmarks are: ${all.join(", ")}.`);
  process.exit(1);
}

// Not a part of the project's own installation: see `package.json` in this folder.
if (!existsSync(join(folder, "node_modules/ai"))) {
  const installed = await runCommand("npm", ["ci"], { cwd: folder });
  if (installed.code !== 0) process.exit(installed.code);
}
const tsc = join(projectRoot, "node_modules/typescript/bin/tsc");
const checked = await runCommand(process.execPath, [tsc, "--project", folder]);
if (checked.code !== 0) process.exit(checked.code);

for (const name of named.length > 0 ? named : all) {
  console.log(`\n== ${name}`);
  const tsx = join(projectRoot, "node_modules/tsx/dist/cli.mjs");
  const settings = ["--tsconfig", join(folder, "tsconfig.json")];
  const { code } = await runCommand(process.execPath, [
    tsx,
    ...settings,
    join(folder, name, "run.ts"),
  ]);
  if (code !== 0) process.exitCode = 1;
}
