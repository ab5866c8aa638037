import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Moment, ServerDatabase } from "./server-program.ts";
import type { Death } from "./server-process.ts";
import { ServerProcess } from "./server-process.ts";

export interface FleetOptions {
  readonly database: ServerDatabase;
  readonly providerUrl: string;
  readonly onDeath: (death: Death) => void;
  readonly onError: (error: unknown) => void;
}

/** The instances of the app. An instance that ends is replaced at once by one that was loaded in advance. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #folder: string;
  readonly #serving = new Set<ServerProcess>();
  readonly #spares: ServerProcess[] = [];
  readonly #replacements = new Set<Promise<void>>();
  readonly #waiting = new Set<() => void>();
  #started = 0;
  #isClosed = false;

  static async start(size: number, options: FleetOptions): Promise<Fleet> {
    const folder = await mkdtemp(join(tmpdir(), "node-llm-trpc-kill-"));
    const fleet = new Fleet(folder, options);
    await Promise.all(Array.from({ length: size }, () => fleet.#open()));
    return fleet;
  }

  private constructor(folder: string, options: FleetOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** The instances that serve, oldest first. */
  get serving(): readonly ServerProcess[] {
    return [...this.#serving];
  }

  /** Returns the instances that serve, and waits until there are some. */
  async available(): Promise<readonly ServerProcess[]> {
    while (this.#serving.size === 0)
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return this.serving;
  }

  /** Kills instances, and resolves when all of them are dead. Their successors open meanwhile. */
  async kill(victims: readonly ServerProcess[], how: Aim): Promise<void> {
    const [first, ...others] = victims;
    if (first === undefined) return;
    if (how.moment === null) void first.kill();
    else await first.killAt(how.moment, how.skip, how.patienceMs);
    await Promise.all([first.died, ...others.map((one) => one.kill())]);
  }

  /** Drains an instance with SIGTERM. It gets no new requests from now on. */
  async drain(instance: ServerProcess): Promise<void> {
    this.#serving.delete(instance);
    await instance.drain();
  }

  /** Ends all instances. By then `onDeath` has been called with their journals. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#serving, ...this.#spares].map((one) => one.close()));
    await Promise.all(this.#replacements);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #replace(instance: ServerProcess): Promise<void> {
    const death = await instance.died;
    this.#serving.delete(instance);
    if (death !== null) this.#options.onDeath(death);
    if (!this.#isClosed) await this.#open().catch(this.#options.onError);
  }

  #load(): ServerProcess {
    return new ServerProcess(join(this.#folder, `${this.#started++}.jsonl`));
  }

  async #open(): Promise<void> {
    const next = this.#spares.shift() ?? this.#load();
    const replacement = this.#replace(next);
    this.#replacements.add(replacement);
    void replacement.finally(() => this.#replacements.delete(replacement));
    this.#spares.push(this.#load());
    await next.open(this.#options.database, this.#options.providerUrl);
    if (next.death !== null || this.#isClosed) return;
    this.#serving.add(next);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** When a process is killed: at once, or at a moment in its own work. */
export interface Aim {
  readonly moment: Moment | null;
  readonly skip: number;
  readonly patienceMs: number;
}
