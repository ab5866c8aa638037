import { Pencil } from "lucide-react";
import { use } from "react";
import { Button } from "../controls/button.tsx";
import { ConversationBusyContext, MessageActionsContext } from "./message-actions.ts";

/** Opens the question of an answer for editing. */
export function EditQuestionButton({ questionId }: { readonly questionId: string }) {
  const { startEdit } = use(MessageActionsContext);
  const isBusy = use(ConversationBusyContext);
  return (
    <Button disabled={isBusy} onClick={() => startEdit(questionId)}>
      <Pencil aria-hidden />
      Edit your question
    </Button>
  );
}
