/** The interval between the beats of a process, in milliseconds. */
export const beatMs = 5;

/** The beats of one process: the times, in milliseconds since 1970, at which its event loop turned. */
export class Pulse {
  readonly beats: number[] = [];

  beat(at: number): void {
    this.beats.push(at);
  }
}

/** Counts the turns of the event loop between two times. */
export function turnsBetween(beats: readonly number[], from: number, to: number): number {
  return Math.max(0, firstAfter(beats, to) - firstAfter(beats, from));
}

/** Finds the index of the first beat after a time. */
function firstAfter(beats: readonly number[], time: number): number {
  let low = 0;
  let high = beats.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((beats[middle] ?? Infinity) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
