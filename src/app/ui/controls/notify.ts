interface Notice {
  /** To take the notice away again; a second one with the same id replaces the first. */
  readonly id?: string;
  readonly action?: { readonly label: string; readonly onClick: () => void };
  /** Milliseconds. */
  readonly duration?: number;
}

/** Shows a short message at the edge of the page, by a part that is not loaded with the page itself. */
export function notify(text: string, notice: Notice = {}): void {
  void import("./toaster.tsx").then(({ toast }) => toast(text, notice));
}

export function dismissNotice(id: string): void {
  void import("./toaster.tsx").then(({ toast }) => toast.dismiss(id));
}

/** True while the pointer or the focus is at the notices: somebody may be about to use one. */
export function isNoticeInUse(): boolean {
  return document.querySelector("[data-sonner-toaster]:is(:hover, :focus-within)") !== null;
}
