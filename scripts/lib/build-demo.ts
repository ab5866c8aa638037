import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { hashFiles } from "./hash-files.ts";
import { projectRoot } from "./project-root.ts";
import { runCommand } from "./run-command.ts";
import { nextCli } from "./run-next.ts";
import { SetupError } from "./setup-error.ts";

/** The files that a production build depends on. */
const sources = [
  "src",
  "public",
  "prisma/schema.prisma",
  "package-lock.json",
  "next.config.mjs",
  "postcss.config.mjs",
  "tsconfig.json",
];

/** Builds the demo for production, unless it has been built from the current sources. */
export async function buildDemo(): Promise<void> {
  const stamp = join(projectRoot, ".next/source.hash");
  const hash = await hashFiles(sources);
  const isBuilt = existsSync(join(projectRoot, ".next/BUILD_ID"));
  if (isBuilt && (await readFile(stamp, "utf8").catch(() => "")) === hash) return;

  console.log("Building the demo (only once, 10 to 20 seconds)…");
  await rm(stamp, { force: true });
  const { code, output } = await runCommand(process.execPath, [nextCli, "build"], {
    quiet: true,
    env: { NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production", DEMO_SKIP_TYPES: "1" },
  });
  if (code !== 0)
    throw new SetupError(
      `The demo could not be built. Fix this error and try again:\n${output.trim()}`,
    );
  await writeFile(stamp, hash);
}
