/**
 * Wraps a generator so that `return()` and `throw()` take effect at once. A generator's own methods wait until its
 * pending `next()` has settled, which may never happen when its source has stalled.
 *
 * @param leave called to make the pending `next()` settle soon.
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
        // A reader that has left the loop does not expect the error of its own abort. Nobody reads this value.
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
    // The error is not thrown into the source, which may not expect one: the source only has to end.
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
