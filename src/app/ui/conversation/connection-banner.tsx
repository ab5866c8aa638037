import { WifiOff } from "lucide-react";

/** Tells the user that the page is reconnecting, which it does without their help. */
export function ConnectionBanner({ isLost }: { readonly isLost: boolean }) {
  return (
    <div
      role="status"
      className="flex items-center gap-2.5 rounded-xl bg-warning-muted px-3.5 py-2 text-sm text-warning forced-colors:border"
    >
      <WifiOff aria-hidden className="size-4 shrink-0" />
      {isLost
        ? "You’re offline. The answer continues on the server and will appear here once you’re back."
        : "Reconnecting…"}
    </div>
  );
}
