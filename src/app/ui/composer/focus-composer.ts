/** For the next words. On a touch screen the keyboard would cover the page, so there it does nothing. */
export function focusComposer(): void {
  if (!window.matchMedia("(pointer: fine)").matches) return;
  document.querySelector<HTMLElement>("[data-composer]")?.focus({ preventScroll: true });
}
