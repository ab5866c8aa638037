import { spawn } from "node:child_process";

import { projectRoot } from "./project-root.ts";

export interface CommandResult {
  readonly code: number;
  /** Standard output and standard error, interleaved as they arrived. Empty unless `quiet`. */
  readonly output: string;
}

interface RunOptions {
  /** @default the project's folder */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Collects the output instead of showing it. */
  readonly quiet?: boolean;
}

/** Runs a program. The code is 127 when it cannot be started. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  return await new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectRoot,
      env: { ...process.env, ...options.env },
      stdio: options.quiet === true ? ["ignore", "pipe", "pipe"] : "inherit",
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.on("error", (error) => resolve({ code: 127, output: output + error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
