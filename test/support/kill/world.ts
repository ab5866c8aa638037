import { setTimeout as sleep } from "node:timers/promises";

import type { Fleet } from "./server/fleet.ts";
import type { PlannedProvider } from "./start-planned-provider.ts";
import { Pulse } from "./server/pulse.ts";
import type { Reading } from "./reading.ts";
import { SeededRandom } from "../seeded-random.ts";
import type { Death, ServerProcess } from "./server/server-process.ts";

export interface Tally {
  kills: number;
  drains: number;
  hangs: number;
  /** Answers that were in progress when their process was killed. */
  killedAnswers: number;
  /** Kills by the moment for which they were meant. */
  readonly moments: Map<string, number>;
  readonly endings: Map<string, number>;
  /** Connections of readers that a kill or the reader itself ended before the answer did. */
  reconnects: number;
  repeatedSends: number;
  /** Questions that lost against another one. */
  rivals: number;
  decisions: number;
}

/** The place of one answer in progress. Doing something twice does no harm. */
export interface Slot {
  readonly begin: () => void;
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
  readonly deaths: Death[] = [];
  readonly readings: Reading[] = [];
  readonly tally: Tally = {
    kills: 0,
    drains: 0,
    hangs: 0,
    killedAnswers: 0,
    moments: new Map(),
    endings: new Map(),
    reconnects: 0,
    repeatedSends: 0,
    rivals: 0,
    decisions: 0,
  };
  /** When true, users finish what they do and begin nothing new. */
  isClosing = false;
  /** Answers that were begun and have not ended. */
  inProgress = 0;
  #slots: number;
  readonly #waiting: (() => void)[] = [];
  readonly #slotOf = new Map<string, Slot>();

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
      release,
    };
  }

  /** The answer takes the slot, until it is released, or until the answer's process is gone. */
  begin(messageId: string, slot: Slot): void {
    if (this.#hasDied(messageId)) return slot.release();
    slot.begin();
    this.#slotOf.set(messageId, slot);
  }

  /** A process is gone: its answers are not produced any longer. */
  bury(death: Death): void {
    this.deaths.push(death);
    for (const [id, { end }] of death.journal.answers) {
      if (end !== null) continue;
      if (death.kind === "killed") this.tally.killedAnswers++;
      this.#slotOf.get(id)?.release();
    }
  }

  #hasDied(messageId: string): boolean {
    return this.deaths.some(({ journal }) => journal.answers.get(messageId)?.end === null);
  }

  async instance(random: SeededRandom): Promise<ServerProcess> {
    return random.pick(await this.fleet.available());
  }

  async sleep(ms: number): Promise<void> {
    await sleep(ms);
  }
}

/** What readers have seen of one answer. */
export class Sight {
  /** How many characters each instance has sent. */
  readonly #sent = new Map<ServerProcess, number>();
  /** Results of tools, by the id of the call. */
  readonly results = new Map<string, string>();
  longest = 0;

  see(length: number): void {
    this.longest = Math.max(this.longest, length);
  }

  /** The instance itself has sent so many characters. */
  sendBy(instance: ServerProcess, length: number): void {
    this.#sent.set(instance, Math.max(this.#sent.get(instance) ?? 0, length));
  }

  /** Characters that came from the database: from instances that have not produced the answer. */
  savedOf(messageId: string): number {
    const others = [...this.#sent].filter(([instance]) => !instance.produced.has(messageId));
    return Math.max(0, ...others.map(([, length]) => length));
  }
}
