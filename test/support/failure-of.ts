/** Returns what a promise rejects with, or an error if it resolves. May be awaited late: the rejection counts as handled. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error("It did not fail."),
    (error: unknown) => error,
  );
}
