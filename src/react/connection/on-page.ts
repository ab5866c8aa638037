/** Calls back on these events of the page, where there is a page, until the signal aborts. */
export function onPage(types: readonly string[], listener: () => void, signal: AbortSignal): void {
  for (const type of types) {
    // Captured: `freeze` and `resume` do not come as far as the window.
    globalThis.window?.addEventListener(type, listener, { capture: true, signal });
  }
}
