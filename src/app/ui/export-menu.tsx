"use client";

import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { download, fileName, toJson, toMarkdown } from "../client/export-chat.ts";
import { readWholeChat } from "../client/read-whole-chat.ts";
import { trpc } from "../client/trpc.ts";
import { IconButton } from "./icon-button.tsx";
import { notify } from "./notify.ts";

const formats = [
  { label: "Markdown", extension: "md", mediaType: "text/markdown", write: toMarkdown },
  { label: "JSON", extension: "json", mediaType: "application/json", write: toJson },
] as const;

/** Saves the branch that is shown as a file, older messages that are not loaded included. */
export function ExportMenu({ chatId }: { readonly chatId: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const { client } = trpc.useUtils();

  useEffect(() => {
    if (!isOpen) return undefined;
    root.current?.querySelector<HTMLElement>("[data-item]")?.focus();
    const closeOutside = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setIsOpen(false);
    };
    document.addEventListener("pointerdown", closeOutside);
    document.addEventListener("focusin", closeOutside);
    return () => {
      document.removeEventListener("pointerdown", closeOutside);
      document.removeEventListener("focusin", closeOutside);
    };
  }, [isOpen]);

  const close = (): void => {
    setIsOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  const save = async ({ extension, mediaType, write }: (typeof formats)[number]): Promise<void> => {
    close();
    try {
      const chat = await readWholeChat(client.chat, chatId);
      download(fileName(chat.title, extension), write(chat), mediaType);
    } catch {
      notify("The chat could not be read. Check the connection and try again.");
    }
  };

  return (
    <div
      ref={root}
      className="relative"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !isOpen) return;
        event.stopPropagation();
        close();
      }}
    >
      <IconButton
        label="Export chat"
        aria-expanded={isOpen}
        onClick={() => setIsOpen((open) => !open)}
      >
        <Download aria-hidden />
      </IconButton>
      {isOpen && (
        <ul className="menu" aria-label="Export as">
          {formats.map((format) => (
            <li key={format.label}>
              <button type="button" data-item onClick={() => void save(format)}>
                Save as {format.label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
