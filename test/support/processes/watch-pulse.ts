/** How a process has fared so far. */
export interface Pulse {
  /** The longest time between two turns of the event loop, in milliseconds. */
  readonly longestMs: number;
  /** The most CPU time that the process has used between two turns, in milliseconds. */
  readonly longestCpuMs: number;
  /** The most memory, in bytes. */
  readonly memory: number;
}

/** How often the event loop is looked at, in milliseconds. */
const pulseMs = 20;

/**
 * Watches the event loop of this process from now on.
 *
 * @returns a function that returns its pulse.
 */
export function watchPulse(): () => Pulse {
  let longestMs = 0;
  let longestCpuMs = 0;
  let memory = 0;
  let at = performance.now();
  let cpu = process.cpuUsage();
  setInterval(() => {
    const now = performance.now();
    const used = process.cpuUsage(cpu);
    longestMs = Math.max(longestMs, now - at);
    longestCpuMs = Math.max(longestCpuMs, (used.user + used.system) / 1000);
    memory = Math.max(memory, process.memoryUsage.rss());
    at = now;
    cpu = process.cpuUsage();
  }, pulseMs);
  return () => ({ longestMs, longestCpuMs, memory });
}
