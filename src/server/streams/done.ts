/** What an iterator returns that has nothing more. */
export const done: IteratorReturnResult<void> = { done: true, value: undefined };
