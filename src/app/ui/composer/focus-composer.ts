/** Focuses the composer, except on touch screens, where the keyboard would cover the page. */
export function focusComposer(): void {
  if (!window.matchMedia("(pointer: fine)").matches) return;
  document.querySelector<HTMLElement>("[data-composer]")?.focus({ preventScroll: true });
}
