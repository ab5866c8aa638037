interface ToastOptions {
  /** Lets you dismiss the toast. A toast with the same id replaces the one before. */
  readonly id?: string;
  readonly action?: { readonly label: string; readonly onClick: () => void };
  /** Milliseconds. */
  readonly duration?: number;
}

/** Shows a short message at the top of the page. The toast library is loaded on first use. */
export function showToast(text: string, options: ToastOptions = {}): void {
  void import("./toaster.tsx").then(({ toast }) => toast(text, options));
}

export function dismissToast(id: string): void {
  void import("./toaster.tsx").then(({ toast }) => toast.dismiss(id));
}

/** True while a toast is hovered or focused, so the user may be about to click it. */
export function isToastInUse(): boolean {
  return document.querySelector("[data-sonner-toaster]:is(:hover, :focus-within)") !== null;
}
