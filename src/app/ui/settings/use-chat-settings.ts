import { useState } from "react";
import type { StoredChat } from "../app/chat-app.ts";
import type { ChatSettings } from "../app/app-types.ts";

const unset: ChatSettings = { instructions: "", temperature: null };

interface UseChatSettingsResult {
  readonly settings: ChatSettings;
  /** Resolves to an error message, or null if the settings were saved. */
  readonly save: (settings: ChatSettings) => Promise<string | null>;
}

/** Reads and saves the settings of a chat. Those of a new chat are kept until its first message. */
export function useChatSettings(chatId: string | null, stored: StoredChat): UseChatSettingsResult {
  const [unsaved, setUnsaved] = useState(unset);
  const save = async (settings: ChatSettings): Promise<string | null> => {
    if (chatId === null) {
      setUnsaved(settings);
      return null;
    }
    try {
      await stored.save(settings);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : "Couldn’t save the settings.";
    }
  };
  const saved: ChatSettings = {
    instructions: stored.chat?.instructions ?? "",
    temperature: stored.chat?.temperature ?? null,
  };
  return { settings: chatId === null ? unsaved : saved, save };
}
