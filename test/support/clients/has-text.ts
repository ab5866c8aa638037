import type { ChatEvent } from "node-llm-trpc/server";

/** True from the event that completes this text. Keeps the text between the events of one reader. */
export function hasText(text: string): (event: ChatEvent) => boolean {
  let content = "";
  return (event) => {
    if (event.type === "snapshot") content = event.message.content;
    if (event.type === "text") content = content.slice(0, event.at) + event.text;
    return content === text;
  };
}
