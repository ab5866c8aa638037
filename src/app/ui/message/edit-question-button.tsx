import { Pencil } from "lucide-react";
import { use } from "react";
import { ConversationBusyContext, MessageActionsContext } from "./message-actions.ts";

/** Opens the question of an answer for editing. */
export function EditQuestionButton({ questionId }: { readonly questionId: string }) {
  const { startEdit } = use(MessageActionsContext);
  const isBusy = use(ConversationBusyContext);
  return (
    <button
      type="button"
      className="text-button"
      disabled={isBusy}
      onClick={() => startEdit(questionId)}
    >
      <Pencil aria-hidden />
      Edit your question
    </button>
  );
}
