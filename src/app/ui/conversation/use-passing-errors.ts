import type { UseChatResult } from "node-llm-trpc/react";
import { useEffect, useRef } from "react";

/** Takes errors away when what caused them is over: a lost connection, or an answer that was in progress. */
export function usePassingErrors({ error, clearError, connection, status }: UseChatResult): void {
  const isLive = connection === "live";
  const isBusy = status === "submitted" || status === "streaming";
  const before = useRef({ isLive, isBusy });
  const code = error?.code;
  useEffect(() => {
    const { isLive: wasLive, isBusy: wasBusy } = before.current;
    before.current = { isLive, isBusy };
    const isBack = code === "NETWORK" && isLive && !wasLive;
    const isFree = code === "CONFLICT" && !isBusy && wasBusy;
    if (isBack || isFree) clearError();
  }, [code, isLive, isBusy, clearError]);
  useEffect(() => {
    if (code !== "NETWORK") return undefined;
    window.addEventListener("online", clearError);
    return () => window.removeEventListener("online", clearError);
  }, [code, clearError]);
}
