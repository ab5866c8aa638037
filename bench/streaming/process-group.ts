import { PinnedProcess } from "./pinned-process.ts";

/** The processes of one measurement, which are stopped together. */
export class ProcessGroup {
  readonly #file: (name: string) => string;
  readonly #children: PinnedProcess[] = [];

  constructor(file: (name: string) => string) {
    this.#file = file;
  }

  /** Starts a compiled script. Resolves with the process and the message that it sends when it is ready. */
  async start<Ready>(
    script: string,
    core: "server" | "second server" | "load",
    args: readonly string[] = [],
  ): Promise<{ child: PinnedProcess; ready: Ready }> {
    const started = await PinnedProcess.start<Ready>(this.#file(script), core, args);
    this.#children.push(started.child);
    return started;
  }

  /** Stops all processes, the last one first. */
  async stop(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.stop();
  }
}
