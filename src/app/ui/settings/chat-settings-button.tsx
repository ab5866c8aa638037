"use client";

import { SlidersHorizontal } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import type { ChatSettings } from "./use-chat-settings.ts";
import { IconButton } from "../controls/icon-button.tsx";

const ChatSettingsDialog = dynamic(() => import("./chat-settings-dialog.tsx"), {
  ssr: false,
});

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
