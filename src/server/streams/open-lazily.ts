/**
 * An iterator that is opened when the first item is asked for: until then nobody is there who would close it. A
 * generator would do the same, and cost each item of each reader several promises more.
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
      // What could not be opened has told so.
      const source = await opening?.catch(() => null);
      await source?.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
