import type { TabLocks } from "./tab-browser.ts";

/** What is queued in this tab where the browser has no locks, by its name. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs work in one tab of the browser at a time: the others wait until that tab is closed or reloaded, or its signal
 * aborts. Where the browser has no locks, as without HTTPS, the same holds within the tab.
 *
 * @param signal ends the waiting. After the work it is waited for, so that no other tab begins the same work.
 * @param work must not reject.
 */
export function runInOneTab(
  name: string,
  signal: AbortSignal,
  work: () => Promise<void>,
  locks: TabLocks | undefined = navigator.locks,
): void {
  const run = async (): Promise<void> => {
    if (!signal.aborted) await work();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  };
  const queue = (): void => {
    queues.set(name, Promise.resolve(queues.get(name)).then(run));
  };
  if (!locks) queue();
  // Nothing else than the signal ends the waiting, unless this page may not use locks.
  else locks.request(name, { signal }, run).catch(queue);
}
