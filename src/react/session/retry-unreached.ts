import { serverCode } from "../connection/chat-hook-error.ts";

/** Pauses before the second and the third try, in milliseconds. */
const pauses = [300, 1_000];

/**
 * Repeats a request that may not have reached the server. Only for requests that a repeat does no
 * harm to. Rejects with the last error.
 */
export async function retryUnreached<Output>(request: () => Promise<Output>): Promise<Output> {
  for (const pause of pauses) {
    try {
      return await request();
    } catch (error) {
      if (serverCode(error) !== null) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return await request();
}
