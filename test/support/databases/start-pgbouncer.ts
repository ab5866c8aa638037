import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { findProgram } from "../../../scripts/lib/find-program.ts";
import { freePort } from "../servers/free-port.ts";

/** The program, or null when it is not installed. */
export const pgbouncer = findProgram("pgbouncer");

/**
 * Starts PgBouncer in front of a database, with one connection that each transaction takes and gives back.
 *
 * @returns the URL to connect to.
 */
export async function startPgbouncer(
  url: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  if (pgbouncer === null) throw new Error("PgBouncer is not installed.");
  const { hostname, port, username, password, pathname } = new URL(url);
  const folder = await mkdtemp(join(tmpdir(), "pgbouncer-"));
  await chmod(folder, 0o755);
  const ownPort = await freePort();
  const settings = join(folder, "pgbouncer.ini");
  await writeFile(
    settings,
    `[databases]
* = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 1
`,
  );
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const child = spawn(pgbouncer, [...user, settings], { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk) => {
      output += String(chunk);
      if (output.includes("process up")) resolve();
    });
    child.once("close", () => reject(new Error(`PgBouncer did not start:\n${output}`)));
  });
  return {
    url: `postgresql://${username}@127.0.0.1:${ownPort}${pathname}`,
    stop: async () => {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
      await rm(folder, { recursive: true });
    },
  };
}
