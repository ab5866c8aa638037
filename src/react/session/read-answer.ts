import { applyEvent, hasGap } from "../../chat/apply-event.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { isInProgress } from "../../chat/chat-message.ts";
import type { TrackedEvent } from "../../chat/chat-procedures.ts";
import type { LiveSubscriptionOptions } from "../connection/reconnecting-subscription.ts";
import { createLiveSubscription } from "../connection/reconnecting-subscription.ts";
import { onNextFrame } from "./on-next-frame.ts";

export interface AnswerStreamOptions extends Omit<
  LiveSubscriptionOptions<TrackedEvent>,
  "onEvent"
> {
  /** The answer as far as it is known. */
  readonly message: ChatMessage;
  /**
   * At most once a frame, with the whole answer. The last time the stream has ended: the answer has a
   * final status, or waits for an approval.
   */
  readonly onChange: (message: ChatMessage, hasEnded: boolean) => void;
}

/**
 * Follows one answer until it ends or waits for an approval, and tells once per frame what has arrived.
 * Returns what closes it.
 */
export function followAnswer({ message, onChange, ...options }: AnswerStreamOptions): () => void {
  // A page knows of the other versions of a message, a stream does not.
  const { siblings, siblingIds } = message;
  let told = message;
  let isMissing = false;
  let isDone = false;
  let cancelFrame: (() => void) | null = null;
  const live = createLiveSubscription({
    ...options,
    onEvent({ data }: TrackedEvent) {
      isDone = data.type === "done";
      if (isDone) live.close();
      isMissing = hasGap(message, data) || (isMissing && !("message" in data));
      message = applyEvent(message, data);
      cancelFrame ??= onNextFrame(tell);
    },
  });

  function tell(): void {
    cancelFrame = null;
    const hasChanged = message !== told;
    told = message;
    const hasEnded = isDone || !isInProgress(message.status);
    if (hasEnded) live.close();
    else if (isMissing) live.startOver();
    if (hasChanged) onChange({ ...message, siblings, siblingIds }, hasEnded);
  }

  live.open();
  return () => {
    cancelFrame?.();
    live.close();
  };
}
