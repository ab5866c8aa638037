import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { migrateDatabase } from "../../scripts/lib/migrate-database.ts";
import { projectRoot } from "../../scripts/lib/project-root.ts";
import { nextCli } from "../../scripts/lib/run-next.ts";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { openDatabase } from "./open-database.ts";

/** A server of the demo with its own database. */
export interface Demo {
  readonly url: string;
  readonly databaseFile: string;
  /** A second connection to the server's database. */
  readonly prisma: PrismaClient;
  /** Returns what the server has written to stderr since the last call. */
  takeErrors(): string;
  /** Kills the server and starts it again with the same address and database. */
  restart(): Promise<void>;
  /** Sends a signal to the server. Resolves to its exit code. */
  end(signal: "SIGTERM" | "SIGINT"): Promise<number | null>;
  close(): Promise<void>;
}

/** Emptied, so that neither the shell nor `.env` selects a provider. */
const noProvider = Object.fromEntries(
  [
    "NODELLM_PROVIDER",
    "NODELLM_MODEL",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "DEEPSEEK_API_KEY",
    "MISTRAL_API_KEY",
    "XAI_API_KEY",
    "OPENROUTER_API_KEY",
    "OLLAMA_API_BASE",
    "REDIS_URL",
    "HOST",
    "DEMO_PASSWORD",
  ].map((name) => [name, ""]),
);

/**
 * Starts `next start`, or `next dev`, on a free port.
 *
 * @param sharedFile the database of another running demo; by default, a new one
 */
export async function startDemo(
  env: Readonly<Record<string, string>>,
  command: "start" | "dev" = "start",
  sharedFile?: string,
): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), "demo-"));
  const file = sharedFile ?? join(folder, "demo.db");
  if (sharedFile === undefined) await migrateDatabase(`file:${file}`);
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    ...noProvider,
    ...env,
    DATABASE_URL: `file:${file}`,
    NODE_ENV: command === "start" ? "production" : "development",
    NEXT_TELEMETRY_DISABLED: "1",
  };
  let server = await startServer(command, "0", environment);
  const { url } = server;
  const prisma = openDatabase(file);
  return {
    url,
    databaseFile: file,
    prisma,
    takeErrors: () => server.takeErrors(),
    restart: async () => {
      await server.kill();
      server = await startServer(command, new URL(url).port, environment);
    },
    end: (signal) => server.end(signal),
    close: async () => {
      await prisma.$disconnect();
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Server {
  readonly url: string;
  takeErrors(): string;
  end(signal: "SIGTERM" | "SIGINT"): Promise<number | null>;
  kill(): Promise<void>;
}

async function startServer(
  command: "start" | "dev",
  port: string,
  env: NodeJS.ProcessEnv,
): Promise<Server> {
  const child = spawn(
    process.execPath,
    [nextCli, command, "--hostname", "127.0.0.1", "--port", port],
    // `next dev` serves from a child process, which has to end with it.
    { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"], env, detached: true },
  );
  const ended = once(child, "exit");
  const kill = (): void => killGroup(child);
  process.once("exit", kill);
  let errors = "";
  child.once("exit", (code, signal) => {
    errors += `The server exited: ${code ?? signal}`;
  });
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  return {
    url: await readUrl(child, () => errors),
    takeErrors: () => {
      const taken = stripVTControlCharacters(errors);
      errors = "";
      return taken;
    },
    end: async (signal) => {
      child.kill(signal);
      const [code, killedBy] = await ended;
      // The shell's exit code for a server that was killed before it handled signals.
      if (killedBy === "SIGTERM") return 143;
      return typeof code === "number" ? code : null;
    },
    kill: async () => {
      process.off("exit", kill);
      kill();
      await ended;
    },
  };
}

/** Kills the process, unless it has exited, and its children. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Waits for Next to print its address, which it does once it accepts requests. */
async function readUrl(child: ChildProcess, errors: () => string): Promise<string> {
  let output = "";
  return await new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const port = /Local:\s+http:\/\/[^:\s]+:(\d+)/.exec(output)?.[1];
      if (port !== undefined && output.includes("Ready")) resolve(`http://127.0.0.1:${port}`);
    });
    child.on("exit", () => reject(new Error(`The demo did not start:\n${output}${errors()}`)));
  });
}
