"use client";

import { CircleAlert, WifiOff, X } from "lucide-react";
import { RetryButton } from "../message/answer-ending.tsx";
import { IconButton } from "./icon-button.tsx";

interface ErrorBannerProps {
  readonly message: string;
  /** Null for an error that stays until trying again helps. */
  readonly onDismiss: (() => void) | null;
  /** Null when trying again is done elsewhere. */
  readonly onRetry: (() => void) | null;
}

export function ErrorBanner({ message, onDismiss, onRetry }: ErrorBannerProps) {
  return (
    <div role="alert" className="banner banner-danger">
      <CircleAlert aria-hidden className="size-4 shrink-0" />
      <span className="min-w-0 flex-1 basis-36 [overflow-wrap:anywhere]">{message}</span>
      {onRetry !== null && <RetryButton onClick={onRetry} />}
      {onDismiss !== null && (
        <IconButton label="Dismiss" small onClick={onDismiss}>
          <X aria-hidden />
        </IconButton>
      )}
    </div>
  );
}

/** The connection is tried again by itself; this only says so. */
export function ConnectionBanner({ isLost }: { readonly isLost: boolean }) {
  return (
    <div role="status" className="banner banner-warn">
      <WifiOff aria-hidden className="size-4 shrink-0" />
      {isLost
        ? "No connection. The answer goes on at the server; it will appear here when the connection is back."
        : "Reconnecting…"}
    </div>
  );
}
