import type { Message } from "@node-llm/core";

/** Describes the files of a question. A text file is a text part that starts with the file's name. */
export function attachedFiles(message: Message | undefined): readonly string[] {
  const content = message?.content;
  if (!Array.isArray(content)) return [];
  return content.flatMap((part, index) => {
    if (part.type !== "text") return ["an image"];
    const name = /^([^\n]{1,300}):\n/.exec(part.text)?.[1];
    return index === 0 || name === undefined ? [] : [`\`${name}\``];
  });
}
