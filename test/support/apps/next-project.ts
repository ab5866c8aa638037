import { spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { provideSqliteDriver } from "../../../scripts/lib/ensure-sqlite-driver.ts";
import { runCommand } from "../../../scripts/lib/run-command.ts";
import { schemaDiff } from "../databases/schema-diff.ts";
import { execute } from "../project/execute.ts";
import { freePort } from "../servers/free-port.ts";

/** What the app's programs need: no network, and no engine of Prisma, which `generate` does not use. */
const offline = {
  CHECKPOINT_DISABLE: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
};

/** What create-t3-app's layout asks Google for. */
const fonts = {
  "https://fonts.googleapis.com/css2?family=Geist:wght@100..900&display=swap":
    "@font-face { font-family: 'Geist'; font-weight: 100 900; src: local('Arial'); }",
};

/** Whose packages an app uses: those of this repository, or those that it installs from the registry. */
type Packages = "repository" | "own";

/** An app of Next.js in a folder of its own. */
export class NextProject {
  readonly folder: string;
  readonly #parent: string;
  readonly #packages: Packages;

  private constructor(parent: string, packages: Packages) {
    this.#parent = parent;
    this.#packages = packages;
    this.folder = join(parent, "app");
  }

  /** @param write writes the app's files into the folder */
  static async create(
    write: (folder: string) => Promise<void>,
    packages: Packages = "repository",
  ): Promise<NextProject> {
    const parent = await (packages === "repository"
      ? folderHere()
      : mkdtemp(join(tmpdir(), "next-")));
    const project = new NextProject(parent, packages);
    await mkdir(project.folder);
    await write(project.folder);
    return project;
  }

  async remove(): Promise<void> {
    await rm(this.#parent, { recursive: true, force: true });
  }

  async read(path: string): Promise<string> {
    return await readFile(join(this.folder, path), "utf8");
  }

  /**
   * Installs from the registry what the app's manifest names, then this package together with `others`, and builds the
   * SQLite driver. npm refuses packages whose peers conflict.
   */
  async installFromRegistry(others: readonly string[]): Promise<void> {
    const packed = await execute(
      "npm",
      ["pack", "--json", "--pack-destination", this.#parent],
      projectRoot,
    );
    const filename = /"filename": "([^"]+)"/.exec(packed)?.[1] ?? "";
    // Prisma's scripts download engines that its client does not use any more.
    const options = ["--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts"];
    await execute("npm", ["install", ...options], this.folder);
    await execute("npm", ["install", ...options, `../${filename}`, ...others], this.folder);
    // A second, plain install must not find a conflict that the first one has made.
    await execute("npm", ["install", ...options], this.folder);
    await provideSqliteDriver(this.folder);
  }

  /** The installed version of a package. */
  async versionOf(name: string): Promise<string> {
    const manifest: unknown = JSON.parse(await this.read(`node_modules/${name}/package.json`));
    const { version }: { readonly version?: unknown } = Object(manifest);
    return String(version);
  }

  /** Installs this package as npm would, from what is published of it. */
  async install(): Promise<void> {
    const target = join(this.folder, "node_modules/node-llm-trpc");
    const manifest: unknown = JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8"));
    const { files }: { readonly files?: unknown } = Object(manifest);
    const published = Array.isArray(files) ? files.map(String) : [];
    for (const name of ["package.json", ...published.filter((file) => file !== "dist")]) {
      await cp(join(projectRoot, name), join(target, name), { recursive: true });
    }
    const tsc = join(projectRoot, "node_modules/typescript/bin/tsc");
    const config = join(projectRoot, "tsconfig.build.json");
    await this.#run(projectRoot, [tsc, "-p", config, "--outDir", join(target, "dist")]);
  }

  /** Runs a command of this package. */
  async cli(...args: readonly string[]): Promise<string> {
    const main = join(this.folder, "node_modules/node-llm-trpc/dist/cli/main.js");
    return await this.#run(this.folder, [main, ...args]);
  }

  /** Runs a program of an installed package, by its path in `node_modules`. */
  async runBin(path: string, ...args: readonly string[]): Promise<string> {
    return await this.#run(this.folder, [this.#bin(path), ...args]);
  }

  async generate(): Promise<void> {
    await this.#run(this.folder, [this.#bin("prisma/build/index.js"), "generate"]);
  }

  /** Creates the tables of the schema in a SQLite file. */
  async migrate(path: string): Promise<void> {
    const schema = await this.read("prisma/schema.prisma");
    // The engine is that of Prisma 7, which has the address in its config.
    const sql = await schemaDiff("sqlite", null, schema.replace(/^\s*url\s*=.*$/m, ""));
    const url = `file:${join(this.folder, path)}`;
    const connection = await new PrismaBetterSqlite3({ url }).connect();
    await connection.executeScript(sql);
    await connection.dispose();
  }

  async checkTypes(): Promise<void> {
    await this.#run(this.folder, [this.#bin("typescript/bin/tsc"), "--noEmit"]);
  }

  async build(): Promise<void> {
    const mocks = join(this.#parent, "fonts.cjs");
    await writeFile(mocks, `module.exports = ${JSON.stringify(fonts)};`);
    await this.#run(this.folder, [this.#bin("next/dist/bin/next"), "build"], {
      NODE_ENV: "production",
      NEXT_FONT_GOOGLE_MOCKED_RESPONSES: mocks,
    });
  }

  /** Serves the build. */
  async start(env: Readonly<Record<string, string>>): Promise<RunningApp> {
    const port = await freePort();
    const args = [this.#bin("next/dist/bin/next"), "start", "--port", `${port}`];
    const child = spawn(process.execPath, args, {
      cwd: this.folder,
      env: { ...process.env, ...offline, NODE_ENV: "production", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const ready = new Promise<void>((resolve, reject) => {
      const collect = (chunk: Buffer): void => {
        output += chunk.toString();
        if (output.includes("Ready in")) resolve();
      };
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
      child.once("exit", () => reject(new Error(`next start ended:\n${output}`)));
    });
    await ready;
    return {
      url: `http://localhost:${port}`,
      output: () => output,
      stop: async () => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      },
    };
  }

  #bin(path: string): string {
    const home = this.#packages === "own" ? this.folder : projectRoot;
    return join(home, "node_modules", path);
  }

  async #run(
    cwd: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const result = await runCommand(process.execPath, args, {
      cwd,
      quiet: true,
      env: { ...offline, ...env },
    });
    if (result.code === 0) return result.output;
    throw new Error(`${args.join(" ")} exited with ${result.code}:\n${result.output}`);
  }
}

interface RunningApp {
  readonly url: string;
  /** What it has printed. */
  output(): string;
  stop(): Promise<void>;
}

/** A folder below this repository, so that the app finds its packages. A linked node_modules is outside of what Next.js reads. */
async function folderHere(): Promise<string> {
  const home = dirname(realpathSync(join(projectRoot, "node_modules")));
  await mkdir(join(home, ".cache"), { recursive: true });
  return await mkdtemp(join(home, ".cache/next-"));
}
