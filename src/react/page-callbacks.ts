import type { ChatMessage } from "../chat/chat-message.ts";
import { runTools } from "./page-tools.ts";
import type { ChatSession } from "./session/chat-session.ts";
import type { ToldData } from "./tell-data.ts";
import { tellData } from "./tell-data.ts";
import type { ChatCallbacks } from "./use-callbacks.ts";

/** Calls `onToolCall` and `onData`, which few apps have: this is loaded only for those. */
export function runPageCallbacks(
  { onToolCall, onData }: ChatCallbacks,
  session: ChatSession,
  told: ToldData,
  messages: readonly ChatMessage[] | undefined,
): void {
  if (onToolCall) runTools(session, onToolCall);
  if (onData) tellData(session, told, messages, onData);
}
