"use client";

import { SlidersHorizontal } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { IconButton } from "./icon-button.tsx";

const ChatSettingsDialog = dynamic(() => import("./dialog/chat-settings-dialog.tsx"), {
  ssr: false,
});

interface ChatSettingsButtonProps {
  readonly instructions: string;
  readonly onSave: (instructions: string) => Promise<string | null>;
}

export function ChatSettingsButton({ instructions, onSave }: ChatSettingsButtonProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <IconButton
        label={instructions === "" ? "Chat settings" : "Chat settings, with instructions"}
        data-active={instructions !== "" || undefined}
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
      >
        <SlidersHorizontal aria-hidden />
      </IconButton>
      {isOpen && (
        <ChatSettingsDialog
          instructions={instructions}
          onSave={onSave}
          onClose={() => setIsOpen(false)}
        />
      )}
    </>
  );
}
