/** How often a process whose event loop turns gives a sign of life, in milliseconds. */
export const beatMs = 5;

/** The signs of life of one process, in milliseconds since 1970: at each of them its event loop has turned. */
export class Pulse {
  readonly beats: number[] = [];

  beat(at: number): void {
    this.beats.push(at);
  }
}

/** How often the event loop turned between two times. */
export function turnsBetween(beats: readonly number[], from: number, to: number): number {
  return Math.max(0, firstBehind(beats, to) - firstBehind(beats, from));
}

/** The index of the first beat behind a time. */
function firstBehind(beats: readonly number[], time: number): number {
  let low = 0;
  let high = beats.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((beats[middle] ?? Infinity) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
