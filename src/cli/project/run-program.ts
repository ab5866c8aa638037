import { spawn } from "node:child_process";

import type { Environment } from "./cli-io.ts";

export interface ProgramResult {
  /** Null when the program could not be started or was killed by a signal. */
  readonly code: number | null;
  /** Standard output and standard error, interleaved as they arrived. */
  readonly output: string;
}

/** Runs a Node.js program without a terminal and kills it after a minute. */
export async function runProgram(
  args: readonly string[],
  cwd: string,
  env: Environment,
): Promise<ProgramResult> {
  return await new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], {
      cwd,
      // Frameworks such as Next.js declare variables in ProcessEnv as required; here they may be unset.
      env: { ...env } as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", (error) => resolve({ code: null, output: output + error.message }));
    child.on("close", (code) => resolve({ code, output }));
  });
}
