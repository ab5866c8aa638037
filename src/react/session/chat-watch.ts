import { isInProgress } from "../../chat/chat-message.ts";
import type { ChatNotice } from "../../chat/chat-notice.ts";
import type { TrackedNotice } from "../../chat/chat-procedures.ts";
import type { MessageCache } from "../cache/message-cache.ts";
import { ChatHookError } from "../connection/chat-hook-error.ts";
import { createReconnectingSubscription } from "../connection/reconnecting-subscription.ts";
import { shareBetweenTabs } from "../connection/share-between-tabs.ts";
import { createFrameTask } from "./frame-task.ts";
import type { SessionContext } from "./session-context.ts";

/**
 * Keeps the cache up to date with what other tabs, other devices and the server change in a chat.
 *
 * @param isBusy whether an action or a stream of this tab is in progress, whose result takes precedence
 * @param onError called when the chat was deleted or cannot be watched, and with null when it is watched after all
 */
export function createChatWatch(
  context: SessionContext,
  chatId: string,
  messages: MessageCache,
  isBusy: () => boolean,
  onError: (error: ChatHookError | null) => void,
) {
  const { lists } = context;
  /** Notices after which the messages may have to be refetched. */
  let notices: ChatNotice[] = [];
  const review = createFrameTask(() => {
    // `settle` is called again afterwards.
    if (isBusy() || messages.isFetching()) return;
    const isOutdated = notices.some(isNews);
    notices = [];
    if (isOutdated) void messages.refetch();
  });
  const subscription = createReconnectingSubscription<TrackedNotice>({
    source: shareBetweenTabs(
      context.keys.topic(context.user, `watch/${chatId}`),
      (lastEventId, handlers) => context.client.watch.subscribe({ chatId, lastEventId }, handlers),
    ),
    onData: receive,
    onError,
    isFetching: messages.isFetching,
    onMissing: onError,
  });

  function receive({ data: notice }: TrackedNotice): void {
    if ("chat" in notice) lists.update(notice.chat);
    if (notice.type === "chatDeleted") {
      close();
      lists.patch(chatId, null);
      invalidate("get");
      onError(new ChatHookError("NOT_FOUND", "This chat was deleted."));
      return;
    }
    if (notice.type === "finished" || notice.type === "deleted") {
      lists.patch(chatId, { activeMessageId: null });
      invalidate("stats");
    }
    notices.push(notice);
    settle();
  }

  function invalidate(procedure: string): void {
    void context.queryClient.invalidateQueries({
      queryKey: context.keys.key(procedure, "query", { chatId }),
    });
  }

  /** Reviews the notices. Call it when an action has ended and when the messages have changed. */
  function settle(): void {
    if (notices.length) review.schedule();
  }

  /** Returns whether the page does not show yet what the notice reports. */
  function isNews(notice: ChatNotice): boolean {
    if (notice.type === "state") return !endsWith(notice.newestId);
    if (!("messageId" in notice)) return false;
    const { type, messageId } = notice;
    const message = messages.find(messageId);
    if (type === "updated") return !endsWith(messageId);
    if (type === "finished") return isInProgress(message?.status);
    return (type === "created") === (message === undefined);
  }

  /** Returns whether this message is the newest one on the page, and final. */
  function endsWith(newestId: string | null): boolean {
    const newest = messages.newest();
    return (newest?.id ?? null) === newestId && !isInProgress(newest?.status);
  }

  function close(): void {
    review.cancel();
    subscription.close();
  }

  return { ...subscription, close, settle };
}
