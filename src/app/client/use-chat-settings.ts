import { useState } from "react";
import { trpc } from "./trpc.ts";

export interface ChatSettings {
  readonly instructions: string;
  /** Resolves with why it could not be saved; null when it was. */
  readonly save: (instructions: string) => Promise<string | null>;
}

/** The instructions of a chat; those of a chat that is not made yet are kept until its first message. */
export function useChatSettings(chatId: string | null, stored: string | null): ChatSettings {
  const [unsaved, setUnsaved] = useState("");
  const utils = trpc.useUtils();
  const update = trpc.chat.update.useMutation();
  const save = async (instructions: string): Promise<string | null> => {
    if (chatId === null) {
      setUnsaved(instructions);
      return null;
    }
    try {
      const chat = await update.mutateAsync({ chatId, instructions: instructions || null });
      utils.chat.get.setData({ chatId }, chat);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : "The settings could not be saved.";
    }
  };
  return { instructions: chatId === null ? unsaved : (stored ?? ""), save };
}
