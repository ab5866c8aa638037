import type { MessageDraft } from "node-llm-trpc/react";
import { useCallback } from "react";
import type { AppChat } from "../app/app-types.ts";
import type { AttachmentDraft } from "./use-attachments.ts";
import type { Draft } from "./use-draft.ts";

/**
 * Returns a function that sends a text with the attached files. The composer is empty at once, and gets both back if they
 * could not be sent.
 *
 * @param model null for the model of the chat
 */
export function useSend(
  { sendMessage }: AppChat,
  { setText, restore }: Draft,
  { files, replace, clearProblem }: AttachmentDraft,
  model: string | null,
): (content: string) => Promise<void> {
  return useCallback(
    async (content) => {
      const message: MessageDraft = {
        content,
        ...(files.length > 0 && { attachments: files }),
        ...(model !== null && { model }),
      };
      setText("");
      replace([]);
      clearProblem();
      const result = await sendMessage(message);
      if (result.ok) return;
      restore(content);
      replace(files);
    },
    [sendMessage, setText, restore, files, replace, clearProblem, model],
  );
}
