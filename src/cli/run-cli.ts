import { readFileSync } from "node:fs";

import { CliError } from "./project/cli-error.ts";
import type { CliIo } from "./project/cli-io.ts";
import { parseOptions } from "./commands/cli-options.ts";
import { doctor } from "./commands/doctor.ts";
import { helpText } from "./commands/help-text.ts";
import { init } from "./commands/init.ts";
import { sync } from "./commands/sync.ts";

/**
 * Runs a command.
 *
 * The folders depend on each other in one direction only: project ← schema ← checks ← commands.
 *
 * @returns the exit code: 0 for success, 1 for a problem in the project, 2 for a wrong command line.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    return await run(args, io);
  } catch (error) {
    if (error instanceof CliError) {
      io.err(error.message);
      return error.exitCode;
    }
    io.err(describeUnexpected(error));
    return 1;
  }
}

async function run(args: readonly string[], io: CliIo): Promise<number> {
  const options = parseOptions(args);
  if (options.version) {
    io.out(packageVersion());
    return 0;
  }
  if (options.help) {
    io.out(helpText(options.command));
    return 0;
  }
  if (options.command === null) {
    io.err(helpText(null));
    return 2;
  }
  switch (options.command) {
    case "init":
      return await init(options, io);
    case "sync":
      return sync(options, io);
    case "doctor":
      return await doctor(options, io);
  }
}

function describeUnexpected(error: unknown): string {
  if (error instanceof Error && "code" in error && "path" in error) {
    return `A file could not be read or written. Check that it exists and that you have access: ${error.message}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version }: { readonly version?: unknown } = Object(JSON.parse(text));
  return String(version);
}
