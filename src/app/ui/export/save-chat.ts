import type { ChatReader } from "../app/app-types.ts";
import { download, fileName, toJson, toMarkdown } from "./export-chat.ts";
import { readWholeChat } from "./read-whole-chat.ts";

const formats = {
  Markdown: { extension: "md", mediaType: "text/markdown", write: toMarkdown },
  JSON: { extension: "json", mediaType: "application/json", write: toJson },
} as const;

/** Saves a chat as a file. Rejects if one of its pages fails to load. */
export async function saveChat(
  reader: ChatReader,
  chatId: string,
  format: keyof typeof formats,
): Promise<void> {
  const { extension, mediaType, write } = formats[format];
  const chat = await readWholeChat(reader, chatId);
  download(fileName(chat.title, extension), write(chat), mediaType);
}
