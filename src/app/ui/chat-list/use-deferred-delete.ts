import { useEffect, useRef, useState } from "react";
import { useChatApp } from "../app/chat-app.ts";
import { dismissToast, isToastInUse, showToast } from "../toast/show-toast.ts";

/** How long “Undo” is offered, in milliseconds. */
const undoTime = 10_000;

/** How long to wait before checking again whether the toast is still in use, in milliseconds. */
const graceTime = 2_000;

interface DeferredDelete {
  readonly isDeleted: (chatId: string) => boolean;
  readonly remove: (chatId: string) => void;
}

/**
 * Hides a chat at once, and deletes it when the time for “Undo” is up or the user leaves the page. The
 * toast disappears at that same moment, so “Undo” works for as long as it is visible.
 */
export function useDeferredDelete(
  deleteChat: (chatId: string) => Promise<unknown>,
): DeferredDelete {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const { path: currentPath, navigate, deleteOnLeave } = useChatApp();
  const deleteLate = useRef(deleteOnLeave);

  useEffect(() => {
    const waiting = timers.current;
    const deleteNow = (): void => {
      for (const [chatId, timer] of waiting) {
        clearTimeout(timer);
        deleteLate.current(chatId);
      }
      waiting.clear();
    };
    window.addEventListener("pagehide", deleteNow);
    return () => window.removeEventListener("pagehide", deleteNow);
  }, []);

  const show = (chatId: string): void => {
    setHidden((ids) => new Set([...ids].filter((id) => id !== chatId)));
  };
  const undo = (chatId: string): void => {
    clearTimeout(timers.current.get(chatId));
    timers.current.delete(chatId);
    show(chatId);
  };
  const finish = async (chatId: string): Promise<void> => {
    if (isToastInUse()) return schedule(chatId, graceTime);
    timers.current.delete(chatId);
    dismissToast(chatId);
    await deleteChat(chatId);
    show(chatId);
  };
  const schedule = (chatId: string, delay: number): void => {
    timers.current.set(
      chatId,
      setTimeout(() => void finish(chatId), delay),
    );
  };

  const remove = (chatId: string): void => {
    const path = `/chats/${chatId}`;
    const wasOpen = currentPath === path;
    setHidden((ids) => new Set([...ids, chatId]));
    schedule(chatId, undoTime);
    showToast("Chat deleted", {
      id: chatId,
      duration: Infinity,
      action: {
        label: "Undo",
        onClick: () => {
          undo(chatId);
          if (wasOpen && window.location.pathname === "/") navigate(path);
        },
      },
    });
    if (wasOpen) navigate("/");
  };

  return { isDeleted: (chatId) => hidden.has(chatId), remove };
}
