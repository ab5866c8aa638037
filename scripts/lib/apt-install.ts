import { existsSync } from "node:fs";

import { runCommand } from "./run-command.ts";

/** Installs Debian packages, which needs apt-get and root. Resolves with whether they were installed. */
export async function aptInstall(packages: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  console.log(`Installing ${packages.join(", ")} with apt-get…`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await runCommand("apt-get", ["update", "-qq"], { env, quiet: true });
  const args = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  const { code, output } = await runCommand("apt-get", args, { env, quiet: true });
  if (code !== 0) console.error(output.trim());
  return code === 0;
}
