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
for (const name of named.length > 0 ? named : all) {
  console.log(`\n== ${name}`);
  const tsx = join(projectRoot, "node_modules/tsx/dist/cli.mjs");
  const { code } = await runCommand(process.execPath, [tsx, join(folder, name, "run.ts")]);
  if (code !== 0) process.exitCode = 1;
}
