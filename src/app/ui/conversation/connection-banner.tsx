import { WifiOff } from "lucide-react";

/** Tells the user that the page is reconnecting, which it does without their help. */
export function ConnectionBanner({ isLost }: { readonly isLost: boolean }) {
  return (
    <div role="status" className="banner banner-warn">
      <WifiOff aria-hidden className="size-4 shrink-0" />
      {isLost
        ? "You’re offline. The answer continues on the server and will appear here once you’re back."
        : "Reconnecting…"}
    </div>
  );
}
