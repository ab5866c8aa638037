/** What `after` of Next.js was given, until it settles. The platform keeps the function for so long. */
export const afterwards = new Set<Promise<unknown>>();

export function after(work: Promise<unknown>): void {
  afterwards.add(work);
  void work.finally(() => afterwards.delete(work));
}
