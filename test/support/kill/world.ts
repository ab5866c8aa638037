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
  /** How many answers were in progress when their process was killed. */
  killedAnswers: number;
  /** The number of kills by the moment at which they aimed. */
  readonly moments: Map<string, number>;
  readonly endings: Map<string, number>;
  /** How many connections of readers ended before the answer did. */
  reconnects: number;
  repeatedSends: number;
  /** How many questions were refused in favour of a simultaneous one. */
  rivals: number;
  decisions: number;
}

/** Counts one answer in progress. Calling a method twice is harmless. */
export interface Slot {
  readonly begin: () => void;
  readonly release: () => void;
}

/** What all users and readers of one run share. */
export class World {
  readonly seed: string;
  readonly fleet: Fleet;
  readonly provider: PlannedProvider;
  /** True when a reader on another instance may have more text than the database, through the hub. */
  readonly hasSharedHub: boolean;
  /** The pulse of this process. */
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
  /** When true, users finish what they are doing and begin nothing new. */
  isClosing = false;
  /** How many answers have begun and not ended. */
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

  /** True when more answers may begin, and no user waits to begin one. */
  get hasRoom(): boolean {
    return this.#slots > 0 && this.#waiting.length === 0;
  }

  /** Waits until another answer may begin. */
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

  /** Gives the slot to an answer, until it is released or the answer's process is gone. */
  begin(messageId: string, slot: Slot): void {
    if (this.#hasDied(messageId)) return slot.release();
    slot.begin();
    this.#slotOf.set(messageId, slot);
  }

  /** Records that a process is gone, and releases the slots of its answers. */
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
  /** The results of tools, by the id of the call. */
  readonly results = new Map<string, string>();
  longest = 0;

  see(length: number): void {
    this.longest = Math.max(this.longest, length);
  }

  /** Records how many characters the instance itself has sent. */
  sendBy(instance: ServerProcess, length: number): void {
    this.#sent.set(instance, Math.max(this.#sent.get(instance) ?? 0, length));
  }

  /** How many characters came from the database, that is from instances that did not produce the answer. */
  savedOf(messageId: string): number {
    const others = [...this.#sent].filter(([instance]) => !instance.produced.has(messageId));
    return Math.max(0, ...others.map(([, length]) => length));
  }
}
