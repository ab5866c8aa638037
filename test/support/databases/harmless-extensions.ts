import type { Run, Statement } from "./open-extendable.ts";
import { tick } from "./open-extendable.ts";

/** Lets so many statements run at once. */
export function limiter(slots: number) {
  let free = slots;
  const queue: (() => void)[] = [];
  return {
    free: () => free,
    run: async <Result>(task: () => Promise<Result>): Promise<Result> => {
      if (free === 0) await new Promise<void>((resolve) => queue.push(resolve));
      else free -= 1;
      try {
        return await task();
      } finally {
        const next = queue.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}

/** Runs so many tasks at once. The next one starts in the asynchronous context of the one that has ended. */
function taskQueue(slots: number) {
  let running = 0;
  const waiting: (() => Promise<void>)[] = [];
  const startNext = (): void => {
    if (running === slots) return;
    const task = waiting.shift();
    if (task === undefined) return;
    running += 1;
    void task().finally(() => {
      running -= 1;
      startNext();
    });
  };
  return <Result>(task: () => Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      waiting.push(() => task().then(resolve, reject));
      startNext();
    });
}

/** What extensions do that pass on everything as it is. */
export const harmless: Readonly<Record<string, () => Run>> = {
  sync:
    () =>
    ({ args, query }) =>
      query(args),
  async:
    () =>
    async ({ args, query }) =>
      await query(args),
  "awaits first":
    () =>
    async ({ args, query }) => {
      await tick();
      return query(args);
    },
  "limits to 4 at once": () => {
    const { run } = limiter(4);
    return ({ args, query }) => run(() => query(args));
  },
  ...Object.fromEntries(
    [3, 4, 5, 8, 20].map((slots) => [
      `queues for ${slots} at once`,
      () => {
        const push = taskQueue(slots);
        return ({ args, query }: Statement) => push(() => query(args));
      },
    ]),
  ),
  "logs and measures": () => {
    const log: unknown[] = [];
    return async ({ operation, args, query }) => {
      const from = performance.now();
      try {
        return await query(args);
      } catch (error) {
        log.push(error);
        throw error;
      } finally {
        log.push([operation, performance.now() - from]);
      }
    };
  },
  "tries again":
    () =>
    async ({ args, query }) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await query(args);
        } catch (error) {
          if (attempt === 3) throw error;
          await tick();
        }
      }
    },
  "always tries again":
    () =>
    async ({ args, query }) => {
      for (;;) {
        try {
          return await query(args);
        } catch {
          await tick();
        }
      }
    },
};
