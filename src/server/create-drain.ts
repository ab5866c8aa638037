import { timerDelay } from "../shared/timer-delay.ts";

/** What became of the answers that were in progress when a drain started. */
export interface DrainReport {
  /** Answers that ended by themselves before the timeout. */
  readonly ended: number;
  /** Answers that the timeout interrupted. Their text until then is saved. */
  readonly interrupted: number;
  /** Answers that could not be saved because the database did not respond. Another process finds and ends them. */
  readonly unsettled: number;
}

/** What a drain waits for: a chat router. */
export interface Drainable {
  /**
   * Accepts no new answers from now on.
   *
   * @param expired aborts at the timeout of the drain: answers that are still in progress are then interrupted.
   * @returns a promise that resolves when every answer is saved.
   */
  drain(expired: AbortSignal): Promise<DrainReport>;
}

/** The options of `start` of a drain. */
export interface DrainOptions {
  /**
   * How long the answers in progress may go on, in milliseconds; 0 interrupts them at once, `Infinity` never. What is no
   * number, as when a variable is missing, is the default, with a warning.
   * @default 25_000
   */
  readonly timeout?: number | undefined;
}

/** Lets a process shut down without losing answers. Created by `createDrain`. */
export interface ChatDrain {
  /** True from the first call of `start`. Let a readiness probe fail while it is true. */
  readonly isDraining: boolean;
  /**
   * Starts the drain: new answers are refused with `SERVICE_UNAVAILABLE`, and those in progress go on until they end.
   * At the timeout the rest is saved as `interrupted`. A second call returns the same promise, and may shorten the
   * timeout.
   *
   * @returns a promise that resolves when every answer is saved and all subscriptions are closed, so that the server
   * can be closed.
   */
  start(options?: DrainOptions): Promise<DrainReport>;
  /** Adds a router. `createChatRouter({ drain })` calls this for you. */
  add(work: Drainable): void;
}

const defaultTimeoutMs = 25_000;

/**
 * Creates a drain, which lets the process shut down without losing answers. Pass it to `createChatRouter` and start it
 * in your signal handler; one drain serves all routers of the process. Where a bundler loads modules more than once
 * (Next.js), keep it on `globalThis`.
 *
 * @example
 * ```ts
 * const drain = createDrain();
 * const appRouter = t.router({ chat: createChatRouter({ procedure, prisma, llm, scope, drain }) });
 *
 * process.on("SIGTERM", async () => {
 *   await drain.start();
 *   server.close();
 * });
 * ```
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
    start({ timeout: given = defaultTimeoutMs } = {}) {
      const timeout = typeof given === "number" && !Number.isNaN(given) ? given : defaultTimeoutMs;
      if (timeout !== given) {
        // An error here would end the process, and with it the answers that the drain is to save.
        process.emitWarning(
          `node-llm-trpc: \`timeout\` of a drain is ${String(given)}. It is ${defaultTimeoutMs} ms instead. Set it to a number of milliseconds.`,
        );
      }
      if (performance.now() + timeout < deadline) {
        deadline = performance.now() + timeout;
        clearTimeout(timer);
        if (timeout <= 0) expired.abort();
        else timer = setTimeout(() => expired.abort(), timerDelay(timeout));
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
      // A router that is created during a drain has no answers: it only has to refuse new ones.
      if (report !== null) void work.drain(expired.signal);
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
