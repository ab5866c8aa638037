import type { Message } from "@node-llm/core";

/** What comes with a question as files. A text file is a text that begins with its name. */
export function attachedFiles(message: Message | undefined): readonly string[] {
  const content = message?.content;
  if (!Array.isArray(content)) return [];
  return content.flatMap((part, index) => {
    if (part.type !== "text") return ["a picture"];
    const name = /^([^\n]{1,300}):\n/.exec(part.text)?.[1];
    return index === 0 || name === undefined ? [] : [`\`${name}\``];
  });
}
