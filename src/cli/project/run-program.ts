import { spawn } from "node:child_process";

export interface ProgramResult {
  /** Null when it did not end by itself. */
  readonly code: number | null;
  /** Standard output and standard error in the order in which they came. */
  readonly output: string;
}

/** Runs a Node.js program without a terminal, for at most a minute. */
export async function runProgram(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ProgramResult> {
  return await new Promise((resolve) => {
    const child = spawn(process.execPath, [...args], {
      cwd,
      // Frameworks declare variables that every environment has to have; this one has what the caller has.
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
