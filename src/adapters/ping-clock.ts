/** Something that is called when nothing has happened for an interval. */
export interface Pinged {
  ping(): void;
}

/** Pings any number of connections with one timer. All of them have the same interval, so the oldest is due first. */
export class PingClock {
  readonly #intervalMs: number;
  /** When each one was last active, the longest ago first. */
  readonly #active = new Map<Pinged, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Adds a connection, or begins its interval anew. */
  touch(connection: Pinged): void {
    this.#active.delete(connection);
    this.#active.set(connection, performance.now());
    this.#timer ??= setTimeout(this.#onDue, this.#intervalMs);
  }

  remove(connection: Pinged): void {
    this.#active.delete(connection);
    if (this.#active.size > 0 || this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  readonly #onDue = (): void => {
    this.#timer = null;
    const due: Pinged[] = [];
    for (const [connection, since] of this.#active) {
      const waitMs = since + this.#intervalMs - performance.now();
      if (waitMs >= 1) {
        this.#timer = setTimeout(this.#onDue, waitMs);
        break;
      }
      due.push(connection);
    }
    for (const connection of due) {
      this.touch(connection);
      connection.ping();
    }
  };
}

const clocks = new Map<number, PingClock>();

/** The clock of all connections with this interval. */
export function pingClock(intervalMs: number): PingClock {
  const known = clocks.get(intervalMs);
  if (known !== undefined) return known;
  const clock = new PingClock(intervalMs);
  clocks.set(intervalMs, clock);
  return clock;
}
