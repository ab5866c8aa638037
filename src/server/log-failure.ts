import { describeFailure, framesOf } from "../orm/failures/describe-failure.ts";

/**
 * Logs a failure without the text of its error, which may be a provider's or a tool's and have a key or a user's words
 * in it: its code, its class and where it was thrown. `onError` gets the error itself.
 *
 * @param what what failed, as in "the answer 1".
 */
export function logFailure(what: string, error: unknown): void {
  // oxlint-disable-next-line no-console -- nobody else can report it
  console.error(
    `node-llm-trpc: ${what} failed: ${describeFailure(error)}. Pass \`onError\` to createChatRouter to get the error itself.${framesOf(error)}`,
  );
}

/**
 * Logs what a listener of the app has thrown.
 *
 * @param listener the option, such as "`onError`".
 * @param told the error that the listener was told of. It may have thrown that again.
 * @param occasion what it was called for.
 */
export function logThrown(
  listener: string,
  thrown: unknown,
  told: unknown,
  occasion: string,
): void {
  const message = `node-llm-trpc: ${listener} failed, called for ${occasion}.`;
  // oxlint-disable-next-line no-console -- nobody else can report it
  if (told == null || !contains(thrown, told)) console.error(message, thrown);
  // oxlint-disable-next-line no-console -- nobody else can report it
  else console.error(`${message} It has thrown again: ${describeFailure(told)}${framesOf(told)}`);
}

/** Whether an error is another one, or has it as its cause, however deep. */
function contains(error: unknown, wanted: unknown): boolean {
  const seen = new Set<unknown>();
  for (let next = error; next instanceof Error && !seen.has(next); next = next.cause) {
    if (next === wanted) return true;
    seen.add(next);
  }
  return error === wanted;
}
