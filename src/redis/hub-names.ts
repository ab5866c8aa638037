import { wait } from "../shared/wait.ts";

/** The names of the keys and channels of one database. */
export interface NamesInRedis {
  readonly answerKey: (messageId: string) => string;
  readonly stopChannel: (messageId: string) => string;
  readonly chatChannel: (chatId: string) => string;
}

/** Milliseconds after which a database that could not be reached is asked again. */
const retryMs = 500;

/** Finds out the names in Redis once they are needed: they contain the identity of the database. */
export class HubNames {
  readonly #prefix: string;
  readonly #identify: (() => Promise<string>) | null;
  readonly #closed: AbortSignal;
  #known: NamesInRedis | null = null;
  #asking: Promise<NamesInRedis | null> | null = null;

  /**
   * @param identify returns the identity of the database; null for names without one.
   * @param closed aborts when the hub is closed.
   */
  constructor(prefix: string, identify: (() => Promise<string>) | null, closed: AbortSignal) {
    this.#prefix = prefix;
    this.#identify = identify;
    this.#closed = closed;
    if (identify === null) this.#known = namesWith(prefix);
  }

  /** Null until the database has answered, which the first call asks. */
  get known(): NamesInRedis | null {
    if (this.#known === null) void this.#ask();
    return this.#known;
  }

  /** Calls back with the names: at once if they are known, and never when the hub is closed first. */
  use(task: (names: NamesInRedis) => void): void {
    if (this.#known !== null) task(this.#known);
    else void this.#ask().then((names) => names !== null && task(names));
  }

  #ask(): Promise<NamesInRedis | null> {
    this.#asking ??= this.#find();
    return this.#asking;
  }

  async #find(): Promise<NamesInRedis | null> {
    while (this.#identify !== null && !this.#closed.aborted) {
      try {
        this.#known = namesWith(`${this.#prefix}${await this.#identify()}:`);
        break;
      } catch {
        await wait(retryMs, this.#closed);
      }
    }
    return this.#known;
  }
}

function namesWith(prefix: string): NamesInRedis {
  return {
    answerKey: (messageId) => `${prefix}answer:${messageId}`,
    stopChannel: (messageId) => `${prefix}stop:${messageId}`,
    chatChannel: (chatId) => `${prefix}chat:${chatId}`,
  };
}
