import { usePathname, useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { dismissNotice, isNoticeInUse, notify } from "../controls/notify.ts";

/** How long a deleted chat can be brought back, in milliseconds. */
const undoTime = 10_000;

/** How soon to look again whether somebody still is at the notices, in milliseconds. */
const graceTime = 2_000;

interface DeferredDelete {
  readonly isDeleted: (chatId: string) => boolean;
  readonly remove: (chatId: string) => void;
}

/**
 * Takes a chat off the list at once and deletes it when the time for “Undo” is over, or the page is left.
 * The notice goes away at the same moment: as long as “Undo” is there, it works.
 */
export function useDeferredDelete(
  deleteChat: (chatId: string) => Promise<unknown>,
): DeferredDelete {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>());
  const router = useRouter();
  const pathname = usePathname();

  useEffect(() => {
    const waiting = timers.current;
    const deleteNow = (): void => {
      for (const [chatId, timer] of waiting) {
        clearTimeout(timer);
        sendDeletion(chatId);
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
    if (isNoticeInUse()) return schedule(chatId, graceTime);
    timers.current.delete(chatId);
    dismissNotice(chatId);
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
    const wasOpen = pathname === path;
    setHidden((ids) => new Set([...ids, chatId]));
    schedule(chatId, undoTime);
    notify("Chat deleted", {
      id: chatId,
      duration: Infinity,
      action: {
        label: "Undo",
        onClick: () => {
          undo(chatId);
          if (wasOpen && window.location.pathname === "/") router.push(path);
        },
      },
    });
    if (wasOpen) router.push("/");
  };

  return { isDeleted: (chatId) => hidden.has(chatId), remove };
}

/** A request that outlives the page; the client's own would end with it. */
function sendDeletion(chatId: string): void {
  void fetch("/api/trpc/chat.delete", {
    method: "POST",
    keepalive: true,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ chatId }),
  });
}
