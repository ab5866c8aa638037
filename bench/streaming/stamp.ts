/**
 * The text that the provider streams. Each chunk contains its number and the time at which it was sent, so readers
 * can tell which chunks are missing and how late each one is, even after chunks were merged on the way.
 */
export const stampLength = 19;

const tenthsOf = (ms: number): number => Math.floor(ms * 10) % 1e10;

export function stamp(index: number, ms: number): string {
  return `~${String(index).padStart(6, "0")}:${String(tenthsOf(ms)).padStart(10, "0")} `;
}

/** Follows the last chunk and contains the number of chunks. */
export function endStamp(count: number, ms: number): string {
  return `^${stamp(count, ms).slice(1)}`;
}

/** The milliseconds between a stamp's time and `ms`. */
export function delayOf(tenths: number, ms: number): number {
  return (tenthsOf(ms) - tenths) / 10;
}
