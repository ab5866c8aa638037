import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { devNull } from "node:os";

import type { ChatBudget } from "node-llm-trpc/server";
import { projectRoot } from "../../../../scripts/lib/project-root.ts";
import { bundleProgram } from "../../processes/bundle-program.ts";
import type { Journal } from "./server-journal.ts";
import { readJournal } from "./server-journal.ts";
import type { Moment, ServerCommand, ServerDatabase, ServerReport } from "./server-program.ts";

/** A server that requests are sent to. */
export interface Instance {
  readonly url: string;
  readonly death: Death | null;
}

/** The end of a process. */
export interface Death {
  readonly process: Instance;
  /** Killed, ended on its own after SIGTERM, or closed after the run. */
  readonly kind: "killed" | "drained" | "closed";
  /** From then on it did nothing. In milliseconds since 1970. */
  readonly at: number;
  readonly journal: Journal;
}

/** One instance of the app, in a process of its own. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #journalPath: string;
  readonly #reports = new Map<ServerReport["type"], (report: ServerReport) => void>();
  readonly #loaded: Promise<unknown>;
  /** Resolves when the process is gone. Null if it never served. */
  readonly died: Promise<Death | null>;
  /** The ids of the messages that it has produced. */
  readonly produced = new Set<string>();
  url = "";
  death: Death | null = null;
  #isOpen = false;
  #isClosing = false;
  #killedAt = Infinity;

  constructor(journalPath: string = devNull) {
    this.#journalPath = journalPath;
    const child = fork(bundleProgram(new URL("server-program.ts", import.meta.url)), {
      cwd: projectRoot,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child = child;
    child.on("message", (message) => {
      // The program sends nothing else.
      const report = message as ServerReport;
      if (report.type === "produces") this.produced.add(report.messageId);
      else this.#reports.get(report.type)?.(report);
    });
    const drained = once(child, "disconnect");
    this.died = Promise.all([once(child, "exit"), drained]).then(() => this.#bury());
    this.#loaded = this.#reported("loaded");
    this.#loaded.catch(() => undefined); // A spare process may be killed before it is used.
  }

  /** Starts to serve. */
  async open(
    database: ServerDatabase,
    providerUrl: string,
    budget: ChatBudget = { tokens: 1_000_000_000, per: "month" },
  ): Promise<void> {
    await this.#loaded;
    const opened = this.#reported("open");
    this.#isOpen = true;
    const journalPath = this.#journalPath;
    this.#tell({ type: "open", database, providerUrl, journalPath, budget });
    const report = await opened;
    if (report.type === "open") this.url = report.url;
  }

  /** Sends SIGKILL now. */
  kill(): Promise<Death | null> {
    this.#killedAt = Math.min(this.#killedAt, Date.now());
    this.#child.kill("SIGKILL");
    return this.died;
  }

  /** Kills the process right before one of its statements, or after `patienceMs` at the latest. */
  async killAt(moment: Moment, skip: number, patienceMs: number): Promise<Death | null> {
    this.#tell({ type: "die", moment, skip });
    const timer = setTimeout(() => void this.kill(), patienceMs);
    return await this.died.finally(() => clearTimeout(timer));
  }

  /** Stops the process for some milliseconds. Then it continues as if nothing had happened. */
  async hang(ms: number): Promise<void> {
    const hanging = this.#reported("hanging");
    this.#tell({ type: "hang" });
    await hanging;
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#child.kill("SIGCONT");
  }

  /** Sends SIGTERM: the process waits for its answers or interrupts them, and exits on its own. */
  drain(): Promise<Death | null> {
    this.#child.kill("SIGTERM");
    return this.died;
  }

  /** Ends the process because the run is over. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.kill();
  }

  #tell(command: ServerCommand): void {
    this.#child.send(command, () => undefined); // The process may be dead, which `died` reports.
  }

  async #reported(type: ServerReport["type"]): Promise<ServerReport> {
    return await new Promise((resolve, reject) => {
      this.#reports.set(type, resolve);
      this.#child.once("exit", (code, signal) =>
        reject(new Error(`A server ended with ${String(code ?? signal)} before it was ${type}.`)),
      );
    });
  }

  #bury(): Death | null {
    if (!this.#isOpen) return null;
    const journal = readJournal(this.#journalPath, Math.min(this.#killedAt, Date.now()));
    const kind = this.#isClosing ? "closed" : journal.isDrained ? "drained" : "killed";
    for (const id of journal.answers.keys()) this.produced.add(id);
    this.death = { process: this, kind, at: journal.diedAt, journal };
    return this.death;
  }
}
