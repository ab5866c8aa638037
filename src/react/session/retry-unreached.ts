import { serverCode } from "../connection/chat-hook-error.ts";

/** How long to wait before the second and the third attempt, in milliseconds. */
const delays = [300, 1_000];

/**
 * Retries a request that may not have reached the server. The request must be idempotent.
 *
 * @throws the error of the last attempt
 */
export async function retryUnreached<Output>(request: () => Promise<Output>): Promise<Output> {
  for (const delay of delays) {
    try {
      return await request();
    } catch (error) {
      if (serverCode(error) !== null) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
  return await request();
}
