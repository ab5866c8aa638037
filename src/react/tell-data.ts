import type { ChatMessage } from "../chat/chat-message.ts";
import type { ChatSession } from "./session/chat-session.ts";
import type { ChatCallbacks } from "./use-callbacks.ts";

/** The data of each chat that a hook has shown: JSON by the message, the name and the id. */
export type ToldData = WeakMap<ChatSession, Map<string, string>>;

/**
 * Calls `onData` with what is new. Messages come again and again with the same data, so the data itself is compared.
 *
 * @param messages undefined until they are loaded: what they have then is nothing new.
 */
export function tellData(
  session: ChatSession,
  told: ToldData,
  messages: readonly ChatMessage[] | undefined,
  onData: NonNullable<ChatCallbacks["onData"]>,
): void {
  if (!messages) return;
  const known = told.get(session);
  const shown = known ?? new Map<string, string>();
  told.set(session, shown);
  for (const { id: messageId, parts } of messages) {
    for (const part of parts) {
      if (part.type !== "data") continue;
      const key = JSON.stringify([messageId, part.name, part.id]);
      const json = JSON.stringify(part.data);
      if (shown.get(key) === json) continue;
      shown.set(key, json);
      if (known) onData({ part, messageId });
    }
  }
}
