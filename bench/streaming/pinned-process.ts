import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";

/** A process of the benchmark, pinned to one core where the system can do that. */
export class PinnedProcess {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #calls = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.on("message", (reply: Reply) => this.#settle(reply));
    process.on("exit", (code) => {
      for (const id of this.#waiting.keys())
        this.#settle({ id, error: `The process exited with code ${code}.` });
    });
  }

  /** Starts a compiled file. Resolves with the process and the message that it sends when it is ready. */
  static async start<Ready>(
    file: string,
    core: "server" | "second server" | "load",
    args: readonly string[] = [],
    nodeFlags: readonly string[] = [],
  ): Promise<{ child: PinnedProcess; ready: Ready }> {
    const flags = (process.env["BENCH_NODE_FLAGS"] ?? "").split(" ").filter((flag) => flag !== "");
    const node = ["--expose-gc", "--no-warnings", ...flags, ...nodeFlags, file, ...args];
    const [command, commandArgs] = canPin
      ? ["taskset", ["-c", cores[core], process.execPath, ...node]]
      : [process.execPath, node];
    const child = new PinnedProcess(
      spawn(command, commandArgs, { stdio: ["ignore", 2, 2, "ipc"] }),
    );
    const ready = await child.#wait<Ready>(0);
    return { child, ready };
  }

  /** Sends a command to the process. The reply is trusted to have this type. */
  async call<Result>(command: string, input?: unknown): Promise<Result> {
    const id = ++this.#calls;
    const result = this.#wait<Result>(id);
    this.#process.send({ id, command, input });
    const timer = setTimeout(
      () => this.#settle({ id, error: `The process did not reply within ${patienceMs / 1000} s.` }),
      patienceMs,
    );
    return await result.finally(() => clearTimeout(timer));
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    // A server that never gets idle does not notice the disconnect.
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 1_000);
    await new Promise<void>((resolve) => {
      this.#process.once("exit", () => resolve());
      this.#process.disconnect();
    });
    clearTimeout(timer);
  }

  #wait<Result>(id: number): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(result as Result) : reject(new Error(error)),
      );
    });
  }

  #settle(reply: Reply): void {
    this.#waiting.get(reply.id)?.(reply);
    this.#waiting.delete(reply.id);
  }
}

/** How long a process may take to reply, in milliseconds. Opening the answers takes the longest. */
const patienceMs = 60_000;

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Whether processes can be pinned: servers to the first core, the provider and the readers to the second. */
export const canPin =
  availableParallelism() > 1 && spawnSync("taskset", ["-c", "1", "true"]).status === 0;

/** Whether a second server has a core of its own. */
export const hasThirdCore = canPin && availableParallelism() > 2;

const cores = { server: "0", "second server": hasThirdCore ? "2" : "0", load: "1" } as const;

/** Moves a process to the core of the provider and the readers, where that can be done. Those that it starts follow. */
export function moveToLoadCore(pid: number): void {
  if (canPin) spawnSync("taskset", ["-acp", cores.load, String(pid)]);
}
