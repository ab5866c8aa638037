/**
 * Runs a task for each item, a few of them at the same time.
 *
 * @param most how many at the same time.
 */
export async function runAtOnce<Item>(
  items: readonly Item[],
  most: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
}
