/**
 * Opens an iterator when the first item is requested, because nobody would close one that is never read. A generator
 * would do the same, but would cost several more promises for each item of each reader.
 */
export function openLazily<Item>(
  open: () => Promise<AsyncIterator<Item, void, undefined>>,
): AsyncIterableIterator<Item, void, undefined> {
  let opening: Promise<AsyncIterator<Item, void, undefined>> | null = null;
  let isOver = false;
  return {
    next: async () => {
      if (isOver) return { done: true, value: undefined };
      try {
        opening ??= open();
        return await (await opening).next();
      } catch (error) {
        isOver = true;
        throw error;
      }
    },
    return: async () => {
      isOver = true;
      // If it could not be opened, `next` has thrown the error.
      const source = await opening?.catch(() => null);
      await source?.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
