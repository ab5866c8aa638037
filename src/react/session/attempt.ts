import type { ChatActionResult } from "./chat-action-result.ts";
import type { ChatHookError } from "../connection/chat-hook-error.ts";
import { toChatHookError } from "../connection/chat-hook-error.ts";

/** Runs an action. `setError` gets null when it begins, and why it failed when it has failed. */
export async function attempt<Data extends object>(
  action: () => Promise<Data>,
  setError: (error: ChatHookError | null) => void,
): Promise<ChatActionResult<Data>> {
  setError(null);
  try {
    return { ok: true, ...(await action()) };
  } catch (cause) {
    const error = toChatHookError(cause);
    setError(error);
    return { ok: false, error };
  }
}
