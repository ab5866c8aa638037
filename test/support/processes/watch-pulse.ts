/** How a process has fared so far. */
export interface Pulse {
  /** The longest time between two turns of the event loop, in milliseconds. */
  readonly longestMs: number;
  /** The most CPU time that the process has used between two turns, less what does not count, in milliseconds. */
  readonly longestCpuMs: number;
  /** The most memory, in bytes. */
  readonly memory: number;
}

/** How often the event loop is looked at, in milliseconds. */
const pulseMs = 20;

/**
 * Watches the event loop of this process from now on.
 *
 * @param otherCpuMs returns how much CPU time has gone so far into what does not count.
 * @returns a function that returns its pulse.
 */
export function watchPulse(otherCpuMs: () => number = () => 0): () => Pulse {
  let longestMs = 0;
  let longestCpuMs = 0;
  let memory = 0;
  let at = performance.now();
  let cpu = process.cpuUsage();
  let other = otherCpuMs();
  setInterval(() => {
    const now = performance.now();
    const used = process.cpuUsage(cpu);
    longestMs = Math.max(longestMs, now - at);
    const counted = (used.user + used.system) / 1000 - (otherCpuMs() - other);
    longestCpuMs = Math.max(longestCpuMs, counted);
    memory = Math.max(memory, process.memoryUsage.rss());
    at = now;
    cpu = process.cpuUsage();
    other = otherCpuMs();
  }, pulseMs);
  return () => ({ longestMs, longestCpuMs, memory });
}
