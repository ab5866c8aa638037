/** What became of the answers that ran when a drain began. */
export interface DrainReport {
  /** Ended by themselves within the limit. */
  readonly ended: number;
  /** Were `interrupted` at the limit, with the text that they had. */
  readonly interrupted: number;
  /** Could not be settled, since the database did not answer: another process will find and end them. */
  readonly unsettled: number;
}

/** What is drained: a chat router. */
export interface Drainable {
  /** Takes nothing new, and resolves when all is settled; what still runs when `expired` aborts is ended. */
  drain(expired: AbortSignal): Promise<DrainReport>;
}

export interface DrainOptions {
  /** How long running answers may take to end, in milliseconds; 25,000 by default. 0 ends them at once. */
  readonly timeout?: number | undefined;
}

/** Lets a process end without a loss: the answers of its routers end first. */
export interface ChatDrain {
  /** True as soon as `start` was called. */
  readonly isDraining: boolean;
  /**
   * From now on the routers take no new turns (`SERVICE_UNAVAILABLE`). Running answers go on until they end, or
   * until the timeout: then they are saved and `interrupted`. Resolves when everything is settled and all
   * subscriptions have ended: the server can be closed then. A further call may shorten the time.
   */
  start(options?: DrainOptions): Promise<DrainReport>;
  /** Called by `createChatRouter({ drain })`. */
  add(work: Drainable): void;
}

const defaultTimeoutMs = 25_000;

/**
 * For `createChatRouter({ drain })` and the process's signal handler: one for all routers of the process. Keep it on
 * `globalThis` where a bundler loads modules more than once (Next.js).
 */
export function createDrain(): ChatDrain {
  const works: Drainable[] = [];
  const expired = new AbortController();
  let deadline = Infinity;
  let timer: NodeJS.Timeout | undefined;
  let report: Promise<DrainReport> | null = null;
  return {
    get isDraining() {
      return report !== null;
    },
    start({ timeout = defaultTimeoutMs } = {}) {
      if (performance.now() + timeout < deadline) {
        deadline = performance.now() + timeout;
        clearTimeout(timer);
        if (timeout <= 0) expired.abort();
        else timer = setTimeout(() => expired.abort(), timeout);
      }
      report ??= Promise.all(works.map((work) => work.drain(expired.signal))).then((reports) => {
        clearTimeout(timer);
        return {
          ended: sum(reports.map(({ ended }) => ended)),
          interrupted: sum(reports.map(({ interrupted }) => interrupted)),
          unsettled: sum(reports.map(({ unsettled }) => unsettled)),
        };
      });
      return report;
    },
    add(work) {
      works.push(work);
      // It came too late to be waited for, and has nothing to wait for.
      if (report !== null) void work.drain(expired.signal);
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
