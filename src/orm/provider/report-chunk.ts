import type { ChatChunk } from "@node-llm/core";
import type { ProviderObserver } from "./provider-observer.ts";
import type { StreamedText } from "./streamed-text.ts";

/** Tells the observer of a chunk; yields it as core is to get it. */
export function* reportChunk(
  observer: ProviderObserver,
  chunk: Omit<ChatChunk, "tool_calls">,
  texts: StreamedText,
): Generator<ChatChunk, void, undefined> {
  const { thinking, reasoning, content, ...rest } = texts.push(chunk);
  if (thinking !== undefined) observer.onThinking(thinking);
  else if (reasoning) observer.onThinking({ text: reasoning });
  if (content) observer.onText(content);
  // Core yields a chunk once for its content and once more for its thinking: hand them over one by one.
  if (thinking !== undefined) yield { content: "", thinking };
  else if (reasoning) yield { content: "", reasoning };
  const hasRest = Object.values(rest).some((value) => value !== undefined);
  if (content || hasRest) yield { ...rest, content };
}
