import { expect } from "vitest";

import type { OldChat } from "./write-old-chat.ts";

/** What a provider gets of old messages: each answer with its calls and their results, and no empty ones. */
export function oldTranscript(messages: OldChat["messages"]): unknown[] {
  return messages.flatMap((message): unknown[] => {
    if (message.role === "user") return [{ role: "user", content: message.content }];
    const calls = message.calls.map(({ id, city }) => ({
      id,
      type: "function",
      function: { name: "get_weather", arguments: JSON.stringify({ city }) },
    }));
    const results = message.calls.map(({ id, result }) => ({
      role: "tool",
      tool_call_id: id,
      content: result ?? expect.stringContaining("did not finish"),
    }));
    const { content } = message;
    return [
      ...(calls.length === 0 ? [] : [{ role: "assistant", content: null, tool_calls: calls }]),
      ...results,
      ...(content === null ? [] : [{ role: "assistant", content }]),
    ];
  });
}
