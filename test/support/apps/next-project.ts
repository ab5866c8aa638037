import { spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { runCommand } from "../../../scripts/lib/run-command.ts";
import { schemaDiff } from "../databases/schema-diff.ts";
import { freePort } from "../servers/free-port.ts";

/** What the app's programs need: no network, and no engine of Prisma, which `generate` does not use. */
const offline = {
  CHECKPOINT_DISABLE: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
};

/** What create-t3-app's layout asks Google for. */
const fonts = {
  "https://fonts.googleapis.com/css2?family=Geist:wght@100..900&display=swap":
    "@font-face { font-family: 'Geist'; font-weight: 100 900; src: local('Arial'); }",
};

/** An app of Next.js in a folder of its own, with the packages of this repository. */
export class NextProject {
  readonly folder: string;
  readonly #parent: string;

  private constructor(parent: string) {
    this.#parent = parent;
    this.folder = join(parent, "app");
  }

  /** @param write writes the app's files into the folder */
  static async create(write: (folder: string) => Promise<void>): Promise<NextProject> {
    // Below this repository, so that the app finds its packages. A linked node_modules is outside of what Next.js reads.
    const home = dirname(realpathSync(join(projectRoot, "node_modules")));
    await mkdir(join(home, ".cache"), { recursive: true });
    const project = new NextProject(await mkdtemp(join(home, ".cache/next-")));
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

  async generate(): Promise<void> {
    await this.#run(this.folder, [bin("prisma/build/index.js"), "generate"]);
  }

  /** Creates the tables of the schema in a SQLite file. */
  async migrate(path: string): Promise<void> {
    const sql = await schemaDiff("sqlite", null, await this.read("prisma/schema.prisma"));
    const url = `file:${join(this.folder, path)}`;
    const connection = await new PrismaBetterSqlite3({ url }).connect();
    await connection.executeScript(sql);
    await connection.dispose();
  }

  async checkTypes(): Promise<void> {
    await this.#run(this.folder, [bin("typescript/bin/tsc"), "--noEmit"]);
  }

  async build(): Promise<void> {
    const mocks = join(this.#parent, "fonts.cjs");
    await writeFile(mocks, `module.exports = ${JSON.stringify(fonts)};`);
    await this.#run(this.folder, [bin("next/dist/bin/next"), "build"], {
      NODE_ENV: "production",
      NEXT_FONT_GOOGLE_MOCKED_RESPONSES: mocks,
    });
  }

  /** Serves the build. */
  async start(env: Readonly<Record<string, string>>): Promise<RunningApp> {
    const port = await freePort();
    const args = [bin("next/dist/bin/next"), "start", "--port", `${port}`];
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

function bin(path: string): string {
  return join(projectRoot, "node_modules", path);
}
