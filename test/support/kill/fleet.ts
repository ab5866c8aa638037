import type { Moment, ServerDatabase } from "./server-program.ts";
import type { Death } from "./server-process.ts";
import { ServerProcess } from "./server-process.ts";

/** The instances of the app. A killed one is replaced at once by one that has been loaded in advance. */
export class Fleet {
  readonly #database: ServerDatabase;
  readonly #providerUrl: string;
  readonly #serving = new Set<ServerProcess>();
  readonly #dead: ServerProcess[] = [];
  readonly #spares: ServerProcess[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #onError: (error: unknown) => void;
  #isClosed = false;
  #downUntil = 0;

  constructor(database: ServerDatabase, providerUrl: string, onError: (error: unknown) => void) {
    this.#database = database;
    this.#providerUrl = providerUrl;
    this.#onError = onError;
  }

  async start(size: number): Promise<void> {
    for (let index = 0; index < size; index++) this.#spares.push(new ServerProcess());
    await Promise.all(Array.from({ length: size }, () => this.#open()));
  }

  get serving(): readonly ServerProcess[] {
    return [...this.#serving];
  }

  /** Whether there was no instance at some time since then. */
  wasDownSince(time: number): boolean {
    return this.#serving.size === 0 || this.#downUntil > time;
  }

  /** All time in which an instance hung, those that have died since then included. */
  lateness(since: number, until: number): number {
    return [...this.#serving, ...this.#dead]
      .map(({ pulse, death }) => pulse.lateness(since, death?.at ?? until))
      .reduce((sum, late) => sum + late, 0);
  }

  /** Instances that serve; waits until there are some. */
  async available(): Promise<readonly ServerProcess[]> {
    while (this.#serving.size === 0)
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return this.serving;
  }

  /** Resolves when all of them are dead. Their successors open meanwhile. */
  async kill(victims: readonly ServerProcess[], how: Aim): Promise<readonly Death[]> {
    const [first, ...others] = victims;
    if (first === undefined) return [];
    const deaths = [
      how.moment === null ? first.kill() : first.killAt(how.moment, how.skip, how.patienceMs),
    ];
    if (how.moment !== null) await deaths[0];
    deaths.push(...others.map((one) => one.kill()));
    return await Promise.all(deaths);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#serving, ...this.#spares].map((one) => one.kill()));
  }

  async #replace(instance: ServerProcess): Promise<void> {
    await instance.died;
    this.#serving.delete(instance);
    this.#dead.push(instance);
    if (this.#dead.length > 20) this.#dead.shift();
    if (!this.#isClosed) await this.#open().catch(this.#onError);
  }

  async #open(): Promise<void> {
    const next = this.#spares.shift() ?? new ServerProcess();
    void this.#replace(next);
    this.#spares.push(new ServerProcess());
    await next.open(this.#database, this.#providerUrl);
    if (next.death !== null) return;
    if (this.#serving.size === 0) this.#downUntil = Date.now();
    this.#serving.add(next);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** When a process is killed: at once, or at one of its statements. */
export interface Aim {
  readonly moment: Moment | null;
  readonly skip: number;
  readonly patienceMs: number;
}
