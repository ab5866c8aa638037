/** How often a process that does not hang gives a sign of life, in milliseconds. */
export const beatMs = 20;

/** The signs of life of one process, and so the time for which it, or its database, did not work. */
export class Pulse {
  readonly #beats: number[] = [];

  beat(at: number): void {
    this.#beats.push(at);
    if (this.#beats.length > 4_000) this.#beats.splice(0, 2_000);
  }

  get last(): number {
    return this.#beats.at(-1) ?? Date.now();
  }

  /** All time, in milliseconds, that lay between two beats since then beyond what was planned. */
  lateness(since: number, until: number): number {
    if (until <= since) return 0;
    let last = 0;
    let sum = 0;
    for (const beat of [...this.#beats, until]) {
      if (last > 0 && beat > since) sum += Math.max(0, beat - Math.max(last, since) - 2 * beatMs);
      last = beat;
    }
    return sum;
  }
}
