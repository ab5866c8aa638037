/**
 * The text that the provider streams: each chunk has its number in the answer and the time at which it was sent,
 * so that a reader sees what is missing and how late each chunk came, whatever it was merged with on the way.
 */
export const stampLength = 19;

/** A clock that all processes of a machine share, in milliseconds. */
export const now = (): number => performance.timeOrigin + performance.now();

const tenthsOf = (ms: number): number => Math.floor(ms * 10) % 1e10;

export function stamp(index: number, ms: number): string {
  return `~${String(index).padStart(6, "0")}:${String(tenthsOf(ms)).padStart(10, "0")} `;
}

/** Stands behind the last chunk and says how many there were. */
export function endStamp(count: number, ms: number): string {
  return `^${stamp(count, ms).slice(1)}`;
}

export function delayOf(tenths: number, ms: number): number {
  return (tenthsOf(ms) - tenths) / 10;
}
