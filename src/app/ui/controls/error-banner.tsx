"use client";

import { CircleAlert, X } from "lucide-react";
import { IconButton } from "./icon-button.tsx";
import { RetryButton } from "./retry-button.tsx";

interface ErrorBannerProps {
  readonly message: string;
  /** Without it, the error stays until a retry succeeds. */
  readonly onDismiss?: () => void;
  /** Without it, the retry button is somewhere else. */
  readonly onRetry?: () => void;
}

export function ErrorBanner({ message, onDismiss, onRetry }: ErrorBannerProps) {
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center justify-end gap-x-2.5 gap-y-1 rounded-xl bg-destructive-muted py-2 ps-3.5 pe-2 text-sm text-destructive forced-colors:border"
    >
      <CircleAlert aria-hidden className="size-4 shrink-0" />
      <span dir="auto" className="min-w-0 flex-1 basis-36 [overflow-wrap:anywhere]">
        {message}
      </span>
      {onRetry && <RetryButton onClick={onRetry} />}
      {onDismiss && (
        <IconButton label="Dismiss" small onClick={onDismiss}>
          <X aria-hidden />
        </IconButton>
      )}
    </div>
  );
}
