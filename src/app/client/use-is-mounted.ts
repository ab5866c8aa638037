import { useSyncExternalStore } from "react";

const never = (): (() => void) => () => undefined;

/** False on the server and while the page takes over the server's HTML, true after it. */
export function useIsMounted(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
