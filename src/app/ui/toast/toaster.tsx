"use client";

import { Toaster as SonnerToaster } from "sonner";
import { useEffect } from "react";
import { toasterIsShown } from "./show-toast.ts";
import { useTheme } from "../theme/use-theme.ts";

export { toast } from "sonner";

export function Toaster() {
  const [theme] = useTheme();
  // Runs after the effects of what it renders, so the first toast is not missed.
  useEffect(toasterIsShown, []);
  return (
    // Sonner gives the focus back to where it was as soon as it leaves a toast, so Tab would never get past one.
    <div className="contents" onFocusCapture={(event) => event.stopPropagation()}>
      <SonnerToaster
        theme={theme ?? "system"}
        position="top-center"
        style={{ fontFamily: "inherit" }}
        toastOptions={{
          unstyled: true,
          classNames: {
            toast:
              "flex min-h-11 w-(--width) items-center justify-between gap-3 rounded-xl border border-input bg-popover py-2 pe-2 ps-4 text-sm text-popover-foreground shadow-lg focus-visible:outline-2! focus-visible:outline-solid! focus-visible:outline-ring!",
            actionButton:
              "h-7 shrink-0 rounded-md bg-primary px-3 font-medium text-primary-foreground hover:bg-primary/90 pointer-coarse:h-9 forced-colors:border",
          },
        }}
      />
    </div>
  );
}
