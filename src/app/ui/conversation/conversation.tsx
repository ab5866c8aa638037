"use client";

import { useState } from "react";
import { useModels, useStoredChat } from "../app/chat-app.ts";
import { ModelPicker } from "../composer/model-picker.tsx";
import { ChatSettingsButton } from "../settings/chat-settings-button.tsx";
import { useChatSettings } from "../settings/use-chat-settings.ts";
import { ChatNotFound } from "./chat-not-found.tsx";
import type { ChatViewProps } from "./chat-view.tsx";
import { ChatView } from "./chat-view.tsx";

type ConversationProps = Omit<ChatViewProps, "title" | "newChat" | "model" | "children">;

/** A chat with its title, messages, settings and composer. Unlike `ChatView`, it does not render while an answer streams. */
export function Conversation(props: ConversationProps) {
  const { chatId } = props;
  const stored = useStoredChat(chatId);
  const models = useModels();
  const [model, setModel] = useState<string | null>(null);
  const { settings, save } = useChatSettings(chatId, stored);
  const { instructions, temperature } = settings;
  const isNew = chatId === null;

  if (stored.isMissing) return <ChatNotFound />;
  return (
    <ChatView
      {...props}
      title={stored.chat?.title ?? null}
      model={model}
      newChat={{
        ...(model !== null && { model }),
        ...(isNew && instructions !== "" && { instructions }),
        ...(isNew && temperature !== null && { temperature }),
      }}
    >
      <ChatSettingsButton settings={settings} onSave={save} />
      <div className="min-w-0 flex-1">
        <ModelPicker
          models={models}
          value={model ?? stored.chat?.model ?? null}
          onChange={setModel}
        />
      </div>
    </ChatView>
  );
}
