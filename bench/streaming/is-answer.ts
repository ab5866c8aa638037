/**
 * Whether these first bytes that a reader gets, as latin1, belong to an answer: those of a response, or of a frame of a
 * WebSocket that is open.
 */
export function isAnswer(start: string): boolean {
  return /^HTTP\S+ 200 |^\x81/.test(start);
}
