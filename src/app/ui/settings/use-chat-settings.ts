import { useState } from "react";
import { trpc } from "../../client/trpc.ts";

/** The settings that a user can change for one chat. */
export interface ChatSettings {
  readonly instructions: string;
  /** 0 to 2; null for the model's default. */
  readonly temperature: number | null;
}

interface StoredSettings {
  readonly instructions: string | null;
  readonly temperature: number | null;
}

const unset: ChatSettings = { instructions: "", temperature: null };

/** Reads and saves the settings of a chat. Those of a new chat are kept until its first message. */
export function useChatSettings(chatId: string | null, stored: StoredSettings | undefined) {
  const [unsaved, setUnsaved] = useState(unset);
  const utils = trpc.useUtils();
  const update = trpc.chat.update.useMutation();
  /** Resolves to an error message, or null if the settings were saved. */
  const save = async (settings: ChatSettings): Promise<string | null> => {
    if (chatId === null) {
      setUnsaved(settings);
      return null;
    }
    const { instructions, temperature } = settings;
    try {
      const chat = await update.mutateAsync({
        chatId,
        instructions: instructions || null,
        temperature,
      });
      utils.chat.get.setData({ chatId }, chat);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : "Couldn’t save the settings.";
    }
  };
  const saved: ChatSettings = {
    instructions: stored?.instructions ?? "",
    temperature: stored?.temperature ?? null,
  };
  return { settings: chatId === null ? unsaved : saved, save };
}
