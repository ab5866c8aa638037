import type { ChatHookError } from "node-llm-trpc/react";
import { useEffect } from "react";

/** Takes the error of a request that did not reach the server away when the browser is online again. */
export function useClearWhenOnline(error: ChatHookError | null, clearError: () => void): void {
  const isLost = error?.code === "NETWORK";
  useEffect(() => {
    if (!isLost) return undefined;
    window.addEventListener("online", clearError);
    return () => window.removeEventListener("online", clearError);
  }, [isLost, clearError]);
}
