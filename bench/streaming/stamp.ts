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

/** Begins a chunk of four bytes. Nothing else that a server sends contains it. */
export const shortStampSign = "%";
export const shortStampLength = 4;
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A chunk of four bytes that contains its number, below 62 ** 3. */
export function shortStamp(index: number): string {
  const digit = (weight: number): string => digits.charAt(Math.floor(index / weight) % 62);
  return shortStampSign + digit(62 ** 2) + digit(62) + digit(1);
}

/** The number in the short stamp that begins at `start` of the text; -1 when there is none. */
export function readShortStamp(text: string, start: number): number {
  let index = 0;
  for (let offset = 1; offset < shortStampLength; offset++) {
    const digit = digits.indexOf(text.charAt(start + offset));
    // A frame of a WebSocket has a header of any bytes.
    if (digit === -1) return -1;
    index = index * 62 + digit;
  }
  return index;
}

/** The milliseconds between a stamp's time and `ms`. */
export function delayOf(tenths: number, ms: number): number {
  return (tenthsOf(ms) - tenths) / 10;
}
