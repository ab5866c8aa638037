import type { AppChat } from "../app/app-types.ts";
import { useEffect, useRef } from "react";
import { useClearWhenOnline } from "../app/use-clear-when-online.ts";

/** Takes errors away when what caused them is over: a lost connection, or an answer that was in progress. */
export function usePassingErrors({ error, clearError, connection, messages }: AppChat): void {
  const isLive = connection === "live";
  const newest = messages.at(-1)?.status;
  const isAnswering = newest === "pending" || newest === "streaming";
  const code = error?.code;
  // Whether the cause was there since the error came.
  const hadCause = useRef(false);
  const hasCause = (code === "NETWORK" && !isLive) || (code === "CONFLICT" && isAnswering);
  useEffect(() => {
    if (hasCause) hadCause.current = true;
    else if (hadCause.current) {
      hadCause.current = false;
      if (code === "NETWORK" || code === "CONFLICT") clearError();
    }
  }, [code, hasCause, clearError]);
  useClearWhenOnline(error, clearError);
}
