import { setTimeout as sleep } from "node:timers/promises";

import type { Fleet } from "./fleet.ts";
import type { PlannedProvider } from "./planned-provider.ts";
import { Pulse } from "./pulse.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { Death, ServerProcess } from "./server-process.ts";

/** Text that a save is due for may come so much later, in milliseconds, besides what the process itself was late. */
const saveMs = 250;
/** From a kill on, nobody sees an answer of the dead process as in progress any longer. */
export const recoveryMs = 10_000;

export interface Tally {
  kills: number;
  /** Answers that were in progress when their process was killed. */
  killedAnswers: number;
  readonly moments: Map<string, number>;
  readonly endings: Map<string, number>;
  /** Connections of readers that a kill or the reader itself ended before the answer did. */
  reconnects: number;
  repeatedSends: number;
  /** Questions that lost against another one. */
  rivals: number;
  /** The most text that a reader saw and the database did not have, as the time before the kill at which it was seen. */
  worstLossMs: number;
  worstLatenessMs: number;
  /** The longest time from a kill to a reader that knew. */
  worstRecoveryMs: number;
}

/** The place of one answer in progress. Doing something twice does no harm. */
export interface Slot {
  readonly begin: () => void;
  /** The answer's process was killed. */
  readonly kill: () => void;
  readonly release: () => void;
}

/** What all users and readers of one run share. */
export class World {
  readonly seed: string;
  readonly fleet: Fleet;
  readonly provider: PlannedProvider;
  /** True when a reader on another instance may know more than the database: its hub tells it. */
  readonly hasSharedHub: boolean;
  /** Of this process. */
  readonly pulse = new Pulse();
  readonly violations: string[] = [];
  readonly tally: Tally = {
    kills: 0,
    killedAnswers: 0,
    moments: new Map(),
    endings: new Map(),
    reconnects: 0,
    repeatedSends: 0,
    rivals: 0,
    worstLossMs: 0,
    worstLatenessMs: 0,
    worstRecoveryMs: 0,
  };
  /** When true, users finish what they do and begin nothing new. */
  isClosing = false;
  /** Answers that were begun and have not ended. */
  inProgress = 0;
  #slots: number;
  readonly #waiting: (() => void)[] = [];

  constructor(options: {
    seed: string;
    fleet: Fleet;
    provider: PlannedProvider;
    hasSharedHub: boolean;
    /** How many answers are in progress at a time. */
    slots: number;
  }) {
    this.#slots = options.slots;
    this.seed = options.seed;
    this.fleet = options.fleet;
    this.provider = options.provider;
    this.hasSharedHub = options.hasSharedHub;
  }

  random(name: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }

  check(isTrue: boolean, complaint: () => string): void {
    if (!isTrue) this.violations.push(complaint());
  }

  /** True when more answers may be in progress, and nobody waits to begin one. */
  get hasRoom(): boolean {
    return this.#slots > 0 && this.#waiting.length === 0;
  }

  /** Waits until another answer may be in progress. */
  async takeSlot(): Promise<Slot> {
    if (this.#slots > 0) this.#slots--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let state: "taken" | "begun" | "free" = "taken";
    const release = (): void => {
      if (state === "free") return;
      if (state === "begun") this.inProgress--;
      state = "free";
      const next = this.#waiting.shift();
      if (next === undefined) this.#slots++;
      else next();
    };
    return {
      begin: () => {
        if (state !== "taken") return;
        state = "begun";
        this.inProgress++;
      },
      kill: () => {
        if (state === "begun") this.tally.killedAnswers++;
        release();
      },
      release,
    };
  }

  async instance(random: SeededRandom): Promise<ServerProcess> {
    return random.pick(await this.fleet.available());
  }

  /** Milliseconds since a death; those in which an instance, or this process, hung do not count. */
  since({ at }: Pick<Death, "at">): number {
    const now = Date.now();
    return now - at - this.fleet.lateness(at, now) - this.pulse.lateness(at, now);
  }

  /** Within 10 seconds a reader is told that the answer of a dead process is interrupted, and from then on nothing else. */
  noteRecovery(where: () => string, death: Death, isTold: boolean): void {
    if (isTold && this.fleet.wasDownSince(death.at + recoveryMs / 2)) return;
    const ms = this.since(death);
    if (isTold) this.tally.worstRecoveryMs = Math.max(this.tally.worstRecoveryMs, ms);
    this.check(ms < recoveryMs, () => `${ms} ms after the death at ${death.at}: ${where()}`);
  }

  async sleep(ms: number): Promise<void> {
    await sleep(ms);
  }
}

/** What readers have seen of one answer. */
export class Sight {
  /** The requests for the answer, each of them sent when the one before it had broken. */
  readonly #requests: { readonly instance: ServerProcess; readonly at: number }[] = [];
  readonly #seen: { readonly at: number; readonly length: number }[] = [];
  producer: ServerProcess | null = null;
  begunAt = 0;
  /** Characters that were read from the database. */
  saved = 0;
  /** Results of tools, by the id of the call. */
  readonly results = new Map<string, string>();

  /** A reader has this much text now, and has been sent that much of it from the database. */
  see(length: number, saved: number): void {
    this.saved = Math.max(this.saved, saved);
    if (length > (this.#seen.at(-1)?.length ?? 0)) this.#seen.push({ at: Date.now(), length });
  }

  get longest(): number {
    return this.#seen.at(-1)?.length ?? 0;
  }

  request(instance: ServerProcess): void {
    this.#requests.push({ instance, at: Date.now() });
  }

  /** The instance that has begun the answer: later ones find it in the database. */
  begin(createdAt: string): void {
    const request = this.#requests.findLast(({ at }) => at <= Date.parse(createdAt));
    this.begunAt = Date.parse(createdAt);
    this.producer = (request ?? this.#requests[0])?.instance ?? null;
  }

  get death(): Death | null {
    return this.producer?.death ?? null;
  }

  /** How many characters must have been saved when the producer died. */
  due(death: Death, patienceMs: number): number {
    const deadline = death.at - saveMs - death.lateness - patienceMs;
    return this.#seen.findLast(({ at }) => at <= deadline)?.length ?? 0;
  }

  /** How long before the death the first character was seen that was not saved; 0 when nothing was lost. */
  loss(length: number, death: Death): number {
    const first = this.#seen.find((seen) => seen.length > length);
    return first === undefined ? 0 : Math.max(0, death.at - first.at);
  }
}
