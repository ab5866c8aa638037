/**
 * Settles with the promise, or rejects after `timeoutMs` milliseconds. The outcome of the abandoned
 * promise is then ignored.
 */
export async function withTimeout<Result>(
  pending: Promise<Result>,
  timeoutMs: number,
): Promise<Result> {
  // It may still reject after the timeout.
  pending.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("Redis does not respond.")), timeoutMs);
    timer.unref();
  });
  try {
    return await Promise.race([pending, expired]);
  } finally {
    clearTimeout(timer);
  }
}
