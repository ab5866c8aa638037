import { existsSync } from "node:fs";

import { aptInstall } from "./apt-install.ts";
import { findProgram } from "./find-program.ts";
import { SetupError } from "./setup-error.ts";

/** Debian has the server in a folder that only root searches. */
const debianServer = "/usr/sbin/mariadbd";

/** The programs of a MariaDB server. */
export interface MariadbPrograms {
  readonly server: string;
  /** Creates the folder with the data of a new server. */
  readonly install: string;
}

/**
 * Finds a MariaDB server, or installs it.
 *
 * @throws {SetupError} when it cannot be installed.
 */
export async function ensureMariadbServer(): Promise<MariadbPrograms> {
  const found = findPrograms();
  if (found !== null) return found;
  await aptInstall(["mariadb-server"]);
  const installed = findPrograms();
  if (installed !== null) return installed;
  throw new SetupError(
    "The tests on MySQL need mariadb-server, which could not be installed.\n" +
      "On Debian, run: sudo apt-get install --no-install-recommends mariadb-server\n" +
      "On macOS, run: brew install mariadb\n" +
      "Or set TEST_MYSQL_URL to a server of yours, such as mysql://root:password@127.0.0.1:3306.",
  );
}

function findPrograms(): MariadbPrograms | null {
  const server = findProgram("mariadbd") ?? (existsSync(debianServer) ? debianServer : null);
  const install = findProgram("mariadb-install-db");
  return server === null || install === null ? null : { server, install };
}
