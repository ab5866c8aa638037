interface ToastOptions {
  /** Lets you dismiss the toast. A toast with the same id replaces the one before. */
  readonly id?: string;
  readonly action?: { readonly label: string; readonly onClick: () => void };
  /** Milliseconds. */
  readonly duration?: number;
}

let isNeeded = false;
const listeners = new Set<() => void>();

/** Called when the toaster is on the page. */
export let toasterIsShown: () => void;
const shown = new Promise<void>((resolve) => {
  toasterIsShown = resolve;
});

/** Whether the page needs the toaster. It is loaded with the first toast. */
export function needsToaster(): boolean {
  return isNeeded;
}

export function subscribeToToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Shows a short message at the top of the page. */
export function showToast(text: string, options: ToastOptions = {}): void {
  isNeeded = true;
  for (const listener of listeners) listener();
  void loadToast().then((toast) => toast(text, options));
}

export function dismissToast(id: string): void {
  if (isNeeded) void loadToast().then((toast) => toast.dismiss(id));
}

async function loadToast() {
  await shown;
  const { toast } = await import("./toaster.tsx");
  return toast;
}

/** True while a toast is hovered or focused, so the user may be about to click it. */
export function isToastInUse(): boolean {
  return document.querySelector("[data-sonner-toaster]:is(:hover, :focus-within)") !== null;
}
