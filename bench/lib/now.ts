/** Reads a clock that all processes on the machine share, in milliseconds. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
