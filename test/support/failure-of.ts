/** What a promise rejects with; an error when it resolves. May be awaited later without being unhandled. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => new Error("It did not fail."),
    (error: unknown) => error,
  );
}
