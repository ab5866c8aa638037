"use client";

import { Download } from "lucide-react";
import { download, fileName, toJson, toMarkdown } from "./export-chat.ts";
import { readWholeChat } from "./read-whole-chat.ts";
import { trpc } from "../../client/trpc.ts";
import { Menu } from "../controls/menu.tsx";
import { showToast } from "../controls/show-toast.ts";

const formats = [
  { label: "Markdown", extension: "md", mediaType: "text/markdown", write: toMarkdown },
  { label: "JSON", extension: "json", mediaType: "application/json", write: toJson },
] as const;

/** Saves the active branch as a file, including older messages that the page has not loaded. */
export function ExportMenu({ chatId }: { readonly chatId: string }) {
  const { client } = trpc.useUtils();
  const save = async ({ extension, mediaType, write }: (typeof formats)[number]): Promise<void> => {
    try {
      const chat = await readWholeChat(client.chat, chatId);
      download(fileName(chat.title, extension), write(chat), mediaType);
    } catch {
      showToast("Couldn’t export the chat. Check your connection and try again.");
    }
  };
  return (
    <Menu
      label="Export chat"
      icon={<Download aria-hidden />}
      items={formats.map((format) => ({
        label: `Save as ${format.label}`,
        onSelect: () => void save(format),
      }))}
    />
  );
}
