import { applyEvent } from "../../src/chat/apply-event.ts";
import type { ChatMessage } from "../../src/chat/chat-message.ts";
import { median } from "./median.ts";

const events = 20_000;

/** Microseconds that a client needs for one event on an answer that has so many characters already. */
export function measureClient(prefix: number, rounds: number): number {
  return median(Array.from({ length: rounds + 1 }, () => measureRound(prefix)).slice(1));
}

function measureRound(prefix: number): number {
  let message = messageOf("x".repeat(prefix));
  const start = performance.now();
  for (let index = 0; index < events; index++) {
    message = applyEvent(message, { type: "text", at: message.content.length, text: "word " });
  }
  return ((performance.now() - start) / events) * 1000;
}

function messageOf(content: string): ChatMessage {
  return {
    id: "m",
    chatId: "c",
    parentId: null,
    role: "assistant",
    status: "streaming",
    content,
    parts: [{ type: "text", text: content }],
    thinking: null,
    attachments: [],
    toolCalls: [],
    usage: { inputTokens: null, outputTokens: null, cost: null },
    model: "m",
    provider: "p",
    error: null,
    siblings: { index: 0, count: 1 },
    siblingIds: [],
    finishedAt: null,
    createdAt: new Date(0).toISOString(),
  };
}
