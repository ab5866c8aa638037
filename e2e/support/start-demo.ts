import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { migrateDatabase } from "../../scripts/lib/migrate-database.ts";
import { projectRoot } from "../../scripts/lib/project-root.ts";
import { nextCli } from "../../scripts/lib/run-next.ts";
import type { PrismaClient } from "../../generated/sqlite/client.ts";
import { openDatabase } from "./open-database.ts";

/** One production server of the demo, with a fresh database of its own. */
export interface Demo {
  readonly url: string;
  /** The server's database, read by a second connection. */
  readonly prisma: PrismaClient;
  /** What the server has printed to standard error since the last call. */
  takeErrors(): string;
  close(): Promise<void>;
}

/** Set to nothing, so that neither the shell nor `.env` chooses a provider. */
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
  ].map((name) => [name, ""]),
);

/** Starts `next start` on a free port. */
export async function startDemo(env: Readonly<Record<string, string>>): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), "demo-"));
  const file = join(folder, "demo.db");
  await migrateDatabase(`file:${file}`);
  const child = spawn(
    process.execPath,
    [nextCli, "start", "--hostname", "127.0.0.1", "--port", "0"],
    {
      cwd: projectRoot,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        ...noProvider,
        ...env,
        DATABASE_URL: `file:${file}`,
        NODE_ENV: "production",
        NEXT_TELEMETRY_DISABLED: "1",
      },
    },
  );
  const ended = once(child, "exit");
  let errors = "";
  child.once("exit", (code, signal) => {
    errors += `The server has ended: ${code ?? signal}`;
  });
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const url = await readUrl(child, () => errors);
  const prisma = openDatabase(file);
  return {
    url,
    prisma,
    takeErrors: () => {
      const taken = errors;
      errors = "";
      return taken;
    },
    close: async () => {
      await prisma.$disconnect();
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Next prints its address as soon as it answers. */
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
