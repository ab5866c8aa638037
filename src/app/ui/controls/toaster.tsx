"use client";

import { Toaster as SonnerToaster } from "sonner";
import { useTheme } from "../../client/use-theme.ts";

export { toast } from "sonner";

export default function Toaster() {
  const [theme] = useTheme();
  return (
    <SonnerToaster
      theme={theme ?? "system"}
      position="top-center"
      style={{ fontFamily: "inherit" }}
      toastOptions={{
        unstyled: true,
        classNames: { toast: "toast", actionButton: "toast-button" },
      }}
    />
  );
}
