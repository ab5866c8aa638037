import { ChatError } from "../../chat/chat-error.ts";
import { canRead } from "../../orm/provider/file-parts.ts";
import type { TurnSettings } from "../../orm/turn/turn-settings.ts";
import { fileReader } from "../../orm/turn/turn-settings.ts";

/**
 * Checks that the model can read the files of a question. In its history, it is told about those that it cannot read.
 *
 * @throws ChatError `BAD_REQUEST` when it cannot.
 */
export function checkReadable(
  settings: TurnSettings,
  files: readonly { readonly name: string | null; readonly mediaType: string }[],
): void {
  const reader = fileReader(settings);
  const unreadable = files.find(({ mediaType }) => !canRead(reader, mediaType));
  if (unreadable === undefined) return;
  throw new ChatError(
    "BAD_REQUEST",
    `The model "${reader.model}" cannot read files of the type ${unreadable.mediaType}. Remove the file, or choose another model.`,
  );
}
