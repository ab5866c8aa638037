import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runCommand } from "./run-command.ts";

/** Processes of this project wait for each other here: `apt-get update` fails at once while another one runs. */
const lock = join(tmpdir(), "node-llm-trpc-apt.lock");
/** How many seconds to wait for other programs that install packages, and for another process of this project. */
const maxWait = 300;

/** Installs Debian packages, which needs apt-get and root. Resolves with whether they were installed. */
export async function aptInstall(packages: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return false;
  console.log(`Installing ${packages.join(", ")} with apt-get…`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const waiting = ["-w", String(maxWait), lock];
  const update = await runCommand("flock", [...waiting, "apt-get", "update", "-qq"], {
    env,
    quiet: true,
  });
  if (update.code !== 0) console.error(`apt-get update failed: ${update.output.trim()}`);
  const options = ["-y", "-qq", "--no-install-recommends", "-o", `DPkg::Lock::Timeout=${maxWait}`];
  const install = [...waiting, "apt-get", "install", ...options, ...packages];
  const { code, output } = await runCommand("flock", install, { env, quiet: true });
  if (code !== 0) console.error(`apt-get install failed: ${output.trim()}`);
  return code === 0;
}
