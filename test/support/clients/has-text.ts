import type { ChatEvent } from "node-llm-trpc/server";

/** Returns a function that takes the events of one reader and is true once their text is exactly `text`. */
export function hasText(text: string): (event: ChatEvent) => boolean {
  let content = "";
  return (event) => {
    if (event.type === "snapshot") content = event.message.content;
    if (event.type === "text") content = content.slice(0, event.at) + event.text;
    return content === text;
  };
}
