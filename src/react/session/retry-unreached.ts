import { serverCode } from "../connection/chat-hook-error.ts";

/**
 * Retries a request that may not have reached the server, after 300 ms and after another second. The request must
 * be idempotent.
 *
 * @throws the error of the last attempt
 */
export async function retryUnreached<Output>(request: () => Promise<Output>): Promise<Output> {
  for (const delay of [300, 1_000]) {
    try {
      return await request();
    } catch (error) {
      if (serverCode(error) !== null) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
  return request();
}
