#!/usr/bin/env node
import { createInterface } from "node:readline/promises";

import { CliError } from "./project/cli-error.ts";
import type { CliIo } from "./project/cli-io.ts";
import { runCli } from "./run-cli.ts";

const { env, stdin, stdout, stderr } = process;

const io: CliIo = {
  cwd: process.cwd(),
  env,
  isInteractive: stdin.isTTY && stdout.isTTY && ["", "0", "false", undefined].includes(env["CI"]),
  out: (text) => void stdout.write(`${text}\n`),
  err: (text) => void stderr.write(`${text}\n`),
  ask: async (question) => {
    const terminal = createInterface({ input: stdin, output: stdout });
    const closed = new Promise<never>((_, reject) => {
      terminal.once("close", () => reject(new CliError("\nCancelled. Nothing was written.")));
    });
    try {
      return (await Promise.race([terminal.question(question), closed])).trim();
    } finally {
      terminal.close();
    }
  },
};

process.exitCode = await runCli(process.argv.slice(2), io);
