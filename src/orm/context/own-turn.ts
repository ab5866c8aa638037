let last: Promise<unknown> = Promise.resolve();

/**
 * Waits for a turn of the event loop in which no other transaction begins. Prisma sends all that begin in one turn in
 * the `AsyncLocalStorage` context of the first of them.
 */
export async function ownTurn(): Promise<void> {
  const before = last;
  last = before.then(() => new Promise<void>((resolve) => void setImmediate(resolve)));
  await before;
}
