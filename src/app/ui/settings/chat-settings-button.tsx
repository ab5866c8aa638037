"use client";

import { SlidersHorizontal } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { ChatSettings } from "../app/app-types.ts";
import { IconButton } from "../controls/icon-button.tsx";

const ChatSettingsDialog = lazy(() => import("./chat-settings-dialog.tsx"));

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
        <Suspense>
          <ChatSettingsDialog
            settings={settings}
            onSave={onSave}
            onClose={() => setIsOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
