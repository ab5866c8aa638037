interface Notice {
  readonly action?: { readonly label: string; readonly onClick: () => void };
  /** Milliseconds. */
  readonly duration?: number;
}

/** Shows a short message at the edge of the page, by a part that is not loaded with the page itself. */
export function notify(text: string, notice: Notice = {}): void {
  void import("./toaster.tsx").then(({ toast }) => toast(text, notice));
}
