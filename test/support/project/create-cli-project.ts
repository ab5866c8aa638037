import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { onTestFinished } from "vitest";

import type { CliIo } from "../../../src/cli/project/cli-io.ts";
import { runCli } from "../../../src/cli/run-cli.ts";

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A project in a temporary folder, to run commands in. */
export interface CliProject {
  readonly folder: string;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Lists all files, sorted. */
  list(): readonly string[];
  run(...args: readonly string[]): Promise<CliResult>;
}

/** Creates a project that is removed after the test. `answers` are the replies of a user at a terminal. */
export function createCliProject(
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
  answers: readonly string[] = [],
): CliProject {
  const folder = mkdtempSync(join(tmpdir(), "cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const pending = [...answers];
  return {
    folder,
    write,
    read: (path) => readFileSync(join(folder, path), "utf8"),
    list: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .toSorted(),
    run: async (...args) => {
      const lines: Record<"out" | "err", string[]> = { out: [], err: [] };
      const io: CliIo = {
        cwd: folder,
        env,
        isInteractive: answers.length > 0,
        out: (text) => void lines.out.push(text),
        err: (text) => void lines.err.push(text),
        ask: async () => pending.shift() ?? "",
      };
      const code = await runCli(args, io);
      return { code, out: lines.out.join("\n"), err: lines.err.join("\n") };
    },
  };
}

/** Returns a schema with the given models. */
export function schemaWith(models: string, provider: string = "sqlite"): string {
  return `generator client {
  provider = "prisma-client"
  output   = "../generated/prisma"
}

datasource db {
  provider = "${provider}"
}

${models}`;
}
