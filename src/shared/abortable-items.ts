import { settled, Waiter } from "./abortable.ts";

/**
 * Yields the items of a source until the signal aborts. A source that ignores the abort, or that
 * does not end when its reader leaves, is abandoned after `patienceMs` milliseconds.
 *
 * @throws the reason of the signal when it aborts.
 */
export async function* abortableItems<Item>(
  source: AsyncIterable<Item>,
  signal: AbortSignal,
  patienceMs: number,
): AsyncGenerator<Item, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const waiter = new Waiter(signal);
  let pending: Promise<unknown> | undefined;
  let isOver = false;
  try {
    for (;;) {
      const asked = iterator.next();
      pending = asked;
      const next = await waiter.wait(asked);
      isOver = next.done === true;
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    isOver = true;
    if (pending !== undefined) await settled(pending, patienceMs);
    throw error;
  } finally {
    waiter.end();
    const leaving = isOver ? undefined : iterator.return?.();
    if (leaving !== undefined) await settled(leaving, patienceMs);
  }
}
