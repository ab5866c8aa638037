/**
 * The same chunks, with a `return()` and a `throw()` that take effect at once. A generator's own ones wait
 * until its pending `next()` is answered: a provider that sends nothing would keep its connection that long.
 *
 * @param leave makes the pending `next()` end soon.
 */
export function leaveOnReturn<Chunk, Result>(
  chunks: AsyncGenerator<Chunk, Result, undefined>,
  leave: () => void,
): AsyncGenerator<Chunk, Result, undefined> {
  let pending = 0;
  let hasLeft = false;
  const leaveNow = (): void => {
    hasLeft = true;
    if (pending > 0) leave();
  };
  return {
    next: async () => {
      pending++;
      try {
        return await chunks.next();
      } catch (error) {
        // Who has left the loop is not told that its end was an abort. The value of an end by `return` is not read.
        if (hasLeft) return { done: true, value: undefined as Result };
        throw error;
      } finally {
        pending--;
      }
    },
    return: (value) => {
      leaveNow();
      return chunks.return(value);
    },
    // Core's generators do not know what to do with it: it is a way to leave.
    throw: async (error) => {
      leaveNow();
      await chunks.return(undefined as Result);
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
