import type { ChatMessage, DataPart, WithObject } from "../../chat/chat-message.ts";
import type { SendMessageOutput } from "../../chat/chat-procedures.ts";
import type { Metadata } from "../../chat/chat-summary.ts";
import type { ChatToolCall } from "../../chat/tool-call.ts";
import type { ChatHookError } from "../connection/chat-hook-error.ts";
import { toChatHookError } from "../connection/chat-hook-error.ts";

/** What an action resolves to. Actions never reject. */
export type ChatActionResult<Data extends object = object> =
  | ({
      /** True when the action succeeded. */
      readonly ok: true;
    } & Data)
  | {
      /** False when the action was refused or failed. */
      readonly ok: false;
      /** Why. */
      readonly error: ChatHookError;
    };

/** What `sendMessage` and `editMessage` resolve to: the two new messages, or why there are none. */
export type SendResult<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> = ChatActionResult<SendMessageOutput<Call, Data, Meta, Message>>;

/** What `regenerate` resolves to: the new answer, or why there is none. */
export type RegenerateResult<
  Call extends ChatToolCall = ChatToolCall,
  Data extends DataPart = DataPart,
  Meta extends Metadata = Metadata,
  Message extends WithObject = ChatMessage<Call, Data, Meta>,
> = ChatActionResult<{
  /** The new answer, which is still empty. */
  readonly assistantMessage: Message;
}>;

/** Runs an action. `setError` is called with null first, and with the error if the action rejects. */
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
