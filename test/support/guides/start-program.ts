import { spawn } from "node:child_process";
import { once } from "node:events";

import { onTestFinished } from "vitest";

interface RunningProgram {
  /** The address that it has printed. */
  readonly url: string;
  /** Resolves to the exit code; null after SIGKILL. */
  kill(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
}

/** Runs a program of a guide in a process of its own, until the test ends. It prints its address when it listens. */
export async function startProgram(
  file: string,
  folder: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<RunningProgram> {
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit").then(([code]) => (typeof code === "number" ? code : null));
  const kill = async (signal: "SIGTERM" | "SIGKILL"): Promise<number | null> => {
    child.kill(signal);
    return await exited;
  };
  onTestFinished(async () => void (await kill("SIGKILL")));
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const [address] = /http:\/\/\S+/.exec(output) ?? [];
      if (address !== undefined) resolve(address);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void exited.then(() => reject(new Error(`${file} has ended:\n${output}`)));
  });
  return { url, kill };
}
