import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";

import { ensureMariadbServer } from "../../../scripts/lib/ensure-mariadb-server.ts";
import { freePort } from "../servers/free-port.ts";
import { makeDataFolder } from "./make-data-folder.ts";

export interface MariadbServer {
  /** The URL of the server, with a superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts an empty MariaDB server on a free port and in a temporary folder. It does not wait for the disk. */
export async function startMariadbServer(): Promise<MariadbServer> {
  const programs = await ensureMariadbServer();
  const folder = await makeDataFolder("mariadb-");
  // MariaDB does not run as root unless it is told to.
  const user = process.getuid?.() === 0 ? ["--user=root"] : [];
  // Servers that share a folder for temporary tables remove each other's.
  const env = { ...process.env, TMPDIR: folder };
  try {
    const data = join(folder, "data");
    execFileSync(
      programs.install,
      [
        "--no-defaults",
        ...user,
        `--datadir=${data}`,
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
      ],
      { stdio: "pipe", env },
    );
    const port = await freePort();
    const args = [
      "--no-defaults",
      ...user,
      `--datadir=${data}`,
      `--socket=${join(folder, "socket")}`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      "--innodb-flush-log-at-trx-commit=0",
      "--innodb-doublewrite=0",
      // A test makes a dozen tables, each of which would be a file of its own.
      "--innodb-file-per-table=0",
      "--innodb-fast-shutdown=2",
      "--skip-log-bin",
      "--skip-name-resolve",
      "--max-connections=500",
    ];
    const child = spawn(programs.server, args, { stdio: ["ignore", "ignore", "pipe"], env });
    const closed = once(child, "close");
    let output = "";
    await new Promise<void>((resolve, reject) => {
      child.stderr.on("data", (chunk) => {
        output += String(chunk);
        if (output.includes("ready for connections")) resolve();
      });
      closed.then(() => reject(new Error(`MariaDB did not start:\n${output}`)), reject);
    });
    const kill = (): boolean => child.kill("SIGKILL");
    process.once("exit", kill);
    return {
      url: `mysql://root@127.0.0.1:${port}/mysql`,
      stop: async () => {
        process.removeListener("exit", kill);
        kill();
        await closed;
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
