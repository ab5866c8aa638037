import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { bundleProgram } from "./bundle-program.ts";

/** A program of this folder in a process of its own, which sends reports to the test. */
export class ForkedProgram<Report extends { readonly type: string }> {
  readonly reports: Report[] = [];
  /** Resolves to the exit code; null after a signal. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  constructor(file: string, args: readonly string[]) {
    this.#child = fork(bundleProgram(new URL(file, import.meta.url)), args, {
      cwd: projectRoot,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.exited = once(this.#child, "exit").then(([code]) =>
      typeof code === "number" ? code : null,
    );
    this.#child.on("message", (message) => {
      // The program sends nothing else.
      this.reports.push(message as Report);
      for (const listener of this.#listeners) listener();
    });
  }

  /** Resolves to the first report of one of these types; throws when the process exits without one. */
  async reported<Type extends Report["type"]>(
    ...types: readonly Type[]
  ): Promise<Extract<Report, { type: Type }>> {
    const isWanted = (report: Report): report is Extract<Report, { type: Type }> =>
      types.some((type) => type === report.type);
    return await new Promise((resolve, reject) => {
      const check = (): void => {
        const found = this.reports.find(isWanted);
        if (found === undefined) return;
        this.#listeners.delete(check);
        resolve(found);
      };
      this.#listeners.add(check);
      check();
      void this.exited.then((code) =>
        reject(new Error(`The process exited with ${String(code)}.`)),
      );
    });
  }

  send(message: string): void {
    this.#child.send(message);
  }

  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.#child.kill(signal);
  }
}
