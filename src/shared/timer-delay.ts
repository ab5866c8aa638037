/** The longest delay of a timer in Node.js and browsers, in milliseconds: almost 25 days. A longer one is over at once. */
const longestMs = 2_147_483_647;

/**
 * What to give to a timer that is to be over after so many milliseconds: a whole number, which `AbortSignal.timeout`
 * needs. For one that is overdue that is 0, because Node.js 24 warns of less.
 *
 * @param ms `Infinity` for a timer that does not matter.
 */
export function timerDelay(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), longestMs);
}
