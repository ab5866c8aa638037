"use client";

import { Download } from "lucide-react";
import { useChatApp } from "../app/chat-app.ts";
import { Menu } from "../controls/menu.tsx";
import { showToast } from "../toast/show-toast.ts";

const formats = ["Markdown", "JSON"] as const;

/** Saves the active branch as a file, including older messages that the page has not loaded. */
export function ExportMenu({ chatId }: { readonly chatId: string }) {
  const { reader } = useChatApp();
  const save = async (format: (typeof formats)[number]): Promise<void> => {
    try {
      const { saveChat } = await import("./save-chat.ts");
      await saveChat(reader, chatId, format);
    } catch {
      showToast("Couldn’t export the chat. Check your connection and try again.");
    }
  };
  return (
    <Menu
      label="Export chat"
      items={formats.map((format) => ({
        label: `Save as ${format}`,
        onSelect: () => void save(format),
      }))}
    >
      <Download aria-hidden />
    </Menu>
  );
}
