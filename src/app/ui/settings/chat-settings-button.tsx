"use client";

import { SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import type { ChatSettings } from "../app/app-types.ts";
import { loadLater } from "../controls/load-later.ts";
import { IconButton } from "../controls/icon-button.tsx";

const ChatSettingsDialog = loadLater(
  async () => (await import("./chat-settings-dialog.tsx")).ChatSettingsDialog,
);

interface ChatSettingsButtonProps {
  readonly settings: ChatSettings;
  readonly onSave: (settings: ChatSettings) => Promise<string | null>;
}

export function ChatSettingsButton({ settings, onSave }: ChatSettingsButtonProps) {
  const { instructions, temperature } = settings;
  const changed = [
    ...(instructions === "" ? [] : ["custom instructions"]),
    ...(temperature === null ? [] : [`temperature ${temperature.toFixed(1)}`]),
  ];
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <IconButton
        label={["Chat settings", ...changed].join(", ")}
        data-active={changed.length > 0 || undefined}
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
      >
        <SlidersHorizontal aria-hidden />
      </IconButton>
      {isOpen && (
        <ChatSettingsDialog settings={settings} onSave={onSave} onClose={() => setIsOpen(false)} />
      )}
    </>
  );
}
