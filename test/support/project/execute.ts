import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program and returns its output. Throws an error with all of the output when the program fails. */
export async function execute(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const output = ["stdout", "stderr"].map((name) => String(Reflect.get(error, name) ?? ""));
    throw new Error(`${command} ${args.join(" ")}\n${output.join("\n")}`, { cause: error });
  }
}
