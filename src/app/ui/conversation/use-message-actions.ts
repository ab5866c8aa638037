import type { AppChat } from "../app/app-types.ts";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { focusComposer } from "../composer/focus-composer.ts";
import type { MessageActions } from "../message/message-actions.ts";
import type { RespondToTool } from "../tool/tool-decision.ts";

interface Editing {
  readonly id: string;
  readonly text: string;
}

interface UseMessageActionsResult {
  readonly actions: MessageActions;
  readonly respondToTool: RespondToTool;
  readonly editing: Editing | null;
  readonly regenerate: (messageId: string) => void;
  /** Edits the newest question, if there is one. */
  readonly editLast: () => void;
}

/**
 * Editing, branches, regeneration and tool decisions. The functions keep their identity, so that rows
 * don't re-render.
 */
export function useMessageActions(
  chat: AppChat,
  model: string | null,
  shouldScrollToEnd: { current: boolean },
): UseMessageActionsResult {
  const [editing, setEditing] = useState<Editing | null>(null);
  const latest = useRef({ chat, model });
  useEffect(() => {
    latest.current = { chat, model };
  });

  const regenerate = useCallback((messageId: string): void => {
    const { chat: now, model: chosen } = latest.current;
    void now.regenerate(chosen === null ? { messageId } : { messageId, model: chosen });
  }, []);

  const respondToTool = useCallback<RespondToTool>(async (decision) => {
    const result = await latest.current.chat.respondToTool(decision);
    return result.ok;
  }, []);

  const actions = useMemo((): MessageActions => {
    const find = (id: string) => latest.current.chat.messages.find((message) => message.id === id);
    const sendEdit = async (id: string, content: string): Promise<void> => {
      const { chat: now, model: chosen } = latest.current;
      setEditing(null);
      shouldScrollToEnd.current = true;
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
      selectBranch: (id, direction) => void selectBranch(id, direction),
    };
  }, [shouldScrollToEnd]);

  const editLast = useCallback((): void => {
    const { messages } = latest.current.chat;
    const question = messages.findLast((message) => message.role === "user");
    if (question !== undefined) actions.startEdit(question.id);
  }, [actions]);

  return { actions, respondToTool, editing, regenerate, editLast };
}

function focusSoon(selector: string): void {
  soon(() => document.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true }));
}

/** Moves the focus on, because the edit field that had it is gone. */
function focusAfterEdit(): void {
  focusComposer();
  if (document.activeElement !== document.body) return;
  document.querySelector<HTMLElement>("[data-transcript]")?.focus({ preventScroll: true });
}

/** Waits for React to render the element to focus. */
function soon(focus: () => void): void {
  setTimeout(focus, 30);
}
