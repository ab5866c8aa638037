import type { UseChatResult } from "node-llm-trpc/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { focusComposer } from "../composer/focus-composer.ts";
import type { ConversationActions } from "../message/conversation-actions.ts";

interface Editing {
  readonly id: string;
  readonly text: string;
}

interface MessageActions {
  readonly actions: ConversationActions;
  readonly editing: Editing | null;
  readonly regenerate: (messageId: string) => void;
}

/** Editing, branches and new answers. The functions stay the same, so that rows do not render for them. */
export function useMessageActions(
  chat: UseChatResult,
  model: string | null,
  isEndWanted: { current: boolean },
): MessageActions {
  const [editing, setEditing] = useState<Editing | null>(null);
  const latest = useRef({ chat, model });
  useEffect(() => {
    latest.current = { chat, model };
  });

  const regenerate = useCallback((messageId: string): void => {
    const { chat: now, model: chosen } = latest.current;
    void now.regenerate(chosen === null ? { messageId } : { messageId, model: chosen });
  }, []);

  const actions = useMemo((): ConversationActions => {
    const find = (id: string) => latest.current.chat.messages.find((message) => message.id === id);
    const sendEdit = async (id: string, content: string): Promise<void> => {
      const { chat: now, model: chosen } = latest.current;
      setEditing(null);
      isEndWanted.current = true;
      soon(focusAfterEdit);
      const attachments = find(id)?.attachments ?? [];
      const result = await now.editMessage(id, {
        content,
        ...(attachments.length > 0 && { attachments }),
        ...(chosen !== null && { model: chosen }),
      });
      if (!result.ok) setEditing({ id, text: content });
    };
    const selectBranch = async (id: string, direction: string): Promise<void> => {
      const result = await latest.current.chat.selectBranch(id);
      if (result.ok) focusSoon(`[data-message-id="${CSS.escape(id)}"] [data-branch=${direction}]`);
    };
    return {
      startEdit: (id) => setEditing({ id, text: find(id)?.content ?? "" }),
      cancelEdit: (id) => {
        setEditing(null);
        focusSoon(`[data-message-id="${CSS.escape(id)}"] [data-edit]`);
      },
      sendEdit: (id, text) => void sendEdit(id, text),
      respondToTool: async (decision) => {
        const result = await latest.current.chat.respondToTool(decision);
        return result.ok;
      },
      selectBranch: (id, direction) => void selectBranch(id, direction),
    };
  }, [isEndWanted]);

  return { actions, editing, regenerate };
}

function focusSoon(selector: string): void {
  soon(() => document.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true }));
}

/** The field that had the focus is gone. */
function focusAfterEdit(): void {
  focusComposer();
  if (document.activeElement !== document.body) return;
  document.querySelector<HTMLElement>("[data-transcript]")?.focus({ preventScroll: true });
}

/** What is focused may be drawn only now. */
function soon(focus: () => void): void {
  setTimeout(focus, 30);
}
