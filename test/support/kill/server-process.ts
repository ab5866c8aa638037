import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { projectRoot } from "../../../scripts/lib/project-root.ts";
import { Pulse } from "./pulse.ts";
import type { Moment, ServerCommand, ServerDatabase, ServerReport } from "./server-program.ts";

/** The end of a process, in milliseconds. */
export interface Death {
  /** Its last sign of life; it died right after. */
  readonly at: number;
  /** How much of its last 1.5 seconds it did not work for. */
  readonly lateness: number;
}

/** One instance of the app, in a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #reports = new Map<ServerReport["type"], (report: ServerReport) => void>();
  readonly pulse = new Pulse();
  readonly #loaded: Promise<unknown>;
  /** Resolves when the process is gone. */
  readonly died: Promise<Death>;
  url = "";
  death: Death | null = null;

  constructor() {
    const program = fileURLToPath(new URL("server-program.ts", import.meta.url));
    const child = fork(program, {
      cwd: projectRoot,
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    child.on("message", (message) => {
      // What the program sends.
      const report = message as ServerReport;
      if (report.type === "beat") this.pulse.beat(report.at);
      else this.#reports.get(report.type)?.(report);
    });
    const drained = once(child, "disconnect");
    this.died = Promise.all([once(child, "exit"), drained]).then(() => this.#bury());
    this.#loaded = this.#reported("loaded");
    this.#loaded.catch(() => undefined); // A spare may be killed before anybody needs it.
  }

  /** Starts to serve. */
  async open(database: ServerDatabase, providerUrl: string): Promise<void> {
    await this.#loaded;
    const opened = this.#reported("open");
    this.#tell({ type: "open", database, providerUrl });
    const report = await opened;
    if (report.type === "open") this.url = report.url;
  }

  /** SIGKILL, now. */
  kill(): Promise<Death> {
    this.#child.kill("SIGKILL");
    return this.died;
  }

  /** SIGKILL right before one of its statements; at the latest after `patienceMs`. */
  async killAt(moment: Moment, skip: number, patienceMs: number): Promise<Death> {
    this.#tell({ type: "die", moment, skip });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    return await this.died.finally(() => clearTimeout(timer));
  }

  #tell(command: ServerCommand): void {
    this.#child.send(command, () => undefined); // It may be dead: `died` tells.
  }

  async #reported(type: ServerReport["type"]): Promise<ServerReport> {
    return await new Promise((resolve, reject) => {
      this.#reports.set(type, resolve);
      this.#child.once("exit", (code, signal) =>
        reject(new Error(`A server ended with ${String(code ?? signal)} before it was ${type}.`)),
      );
    });
  }

  #bury(): Death {
    const at = this.pulse.last;
    this.death = { at, lateness: this.pulse.lateness(at - 1_500, at) };
    return this.death;
  }
}
