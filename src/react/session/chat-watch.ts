import { isInProgress } from "../../chat/chat-message.ts";
import type { ChatNotice } from "../../chat/chat-notice.ts";
import type { TrackedNotice } from "../../chat/chat-procedures.ts";
import { ChatHookError } from "../connection/chat-hook-error.ts";
import type { ChatRouterCache } from "./router-context.ts";
import { createLiveSubscription } from "../connection/reconnecting-subscription.ts";
import type { MessageCache } from "../cache/message-cache.ts";
import { onNextFrame } from "./on-next-frame.ts";
import type { SubscriptionSource } from "../connection/subscription-source.ts";

export interface ChatWatchOptions {
  readonly chatId: string;
  readonly router: ChatRouterCache;
  readonly messages: MessageCache;
  readonly source: SubscriptionSource<TrackedNotice>;
  /** True while an action of this tab is under way, or a stream open: what they bring comes first. */
  readonly isBusy: () => boolean;
  readonly onDeleted: (error: ChatHookError) => void;
}

/** Brings into the cache what others change in a chat: other tabs, other devices, the server itself. */
export function createChatWatch(options: ChatWatchOptions) {
  const { chatId, router, messages, source, isBusy, onDeleted } = options;
  const { lists, queryClient, keys } = router;
  /** What may speak for loading the messages again, to be looked at when nothing is under way. */
  let notices: ChatNotice[] = [];
  let cancelFrame: (() => void) | null = null;
  // When it is refused, the page has learned why from its own requests.
  const live = createLiveSubscription({
    source,
    onEvent: ({ data }: TrackedNotice) => receive(data),
  });

  function receive(notice: ChatNotice): void {
    if ("chat" in notice) lists.update(notice.chat);
    if (notice.type === "chatDeleted") {
      close();
      lists.hide(chatId);
      refresh("get");
      onDeleted(new ChatHookError("NOT_FOUND", "This chat was deleted.", false));
      return;
    }
    if (notice.type === "finished" || notice.type === "deleted") {
      lists.patch(chatId, { activeMessageId: null });
      refresh("stats");
    }
    notices.push(notice);
    settle();
  }

  function refresh(procedure: string): void {
    const queryKey = keys.key(procedure, "query", { chatId });
    void queryClient.invalidateQueries({ queryKey });
  }

  /** To be called when an action has ended, and when the messages have changed. */
  function settle(): void {
    if (notices.length > 0) cancelFrame ??= onNextFrame(decide);
  }

  function decide(): void {
    cancelFrame = null;
    // `settle` is called again when what is under way is here.
    if (isBusy() || messages.isFetching()) return;
    const mustRefetch = notices.some(isNews);
    notices = [];
    if (mustRefetch) void messages.refetch();
  }

  /** True when the messages on the page are not what the notice tells. */
  function isNews(notice: ChatNotice): boolean {
    if (notice.type === "state") return !endsWith(notice.newestId);
    if (!("messageId" in notice)) return false;
    const { type, messageId } = notice;
    const message = messages.find(messageId);
    if (type === "updated") return !endsWith(messageId);
    if (type === "finished") return isInProgress(message?.status);
    return (type === "created") === (message === undefined);
  }

  /** True when the newest message is that one, and has ended. */
  function endsWith(newestId: string | null): boolean {
    const newest = messages.newest();
    return (newest?.id ?? null) === newestId && !isInProgress(newest?.status);
  }

  function close(): void {
    cancelFrame?.();
    cancelFrame = null;
    live.close();
  }

  return { open: live.open, close, settle };
}
