import { usePathname, useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { notify } from "../ui/notify.ts";

/** How long a deleted chat can be brought back, in milliseconds. */
const undoTime = 10_000;

interface DeferredDelete {
  readonly isDeleted: (chatId: string) => boolean;
  readonly remove: (chatId: string) => void;
}

/** Takes a chat off the list at once and deletes it when the time for “Undo” is over, or the page is left. */
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
    clearTimeout(timers.current.get(chatId));
    timers.current.delete(chatId);
    setHidden((ids) => new Set([...ids].filter((id) => id !== chatId)));
  };

  const remove = (chatId: string): void => {
    setHidden((ids) => new Set([...ids, chatId]));
    const finish = async (): Promise<void> => {
      timers.current.delete(chatId);
      await deleteChat(chatId);
      show(chatId);
    };
    timers.current.set(
      chatId,
      setTimeout(() => void finish(), undoTime),
    );
    notify("Chat deleted", {
      duration: undoTime - 500,
      action: { label: "Undo", onClick: () => show(chatId) },
    });
    if (pathname === `/chats/${chatId}`) router.push("/");
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
