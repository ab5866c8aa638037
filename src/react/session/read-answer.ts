import { applyEvent, createFold, hasGap } from "../../chat/apply-event.ts";
import type { ChatMessage } from "../../chat/chat-message.ts";
import { isInProgress } from "../../chat/chat-message.ts";
import type { TrackedEvent } from "../../chat/chat-procedures.ts";
import type { ReconnectingSubscriptionOptions } from "../connection/reconnecting-subscription.ts";
import { createReconnectingSubscription } from "../connection/reconnecting-subscription.ts";
import { createFrameTask } from "./frame-task.ts";

export interface ReadAnswerOptions extends Omit<
  ReconnectingSubscriptionOptions<TrackedEvent>,
  "onData"
> {
  /** The answer as the page has it. */
  readonly message: ChatMessage;
  /**
   * Called at most once per frame, with the whole answer. `hasEnded` is true in the last call: the answer is
   * final or waits for an approval.
   */
  readonly onChange: (message: ChatMessage, hasEnded: boolean) => void;
}

/** Reads an answer until it ends or waits for an approval. Returns a function that closes the stream. */
export function readAnswer({ message, onChange, ...options }: ReadAnswerOptions): () => void {
  // Only a page of messages knows the other versions of a message; the stream does not.
  const { siblings, siblingIds } = message;
  let reported = message;
  let fold = createFold(message);
  let isIncomplete = false;
  let isDone = false;
  const subscription = createReconnectingSubscription({
    ...options,
    onData({ data }: TrackedEvent) {
      isDone = data.type === "done";
      if (isDone) subscription.close();
      isIncomplete = hasGap(message, data) || (isIncomplete && !("message" in data));
      message = applyEvent(message, data, fold);
      if ("message" in data) fold = createFold(message);
      report.schedule();
    },
  });
  const report = createFrameTask(() => {
    const hasEnded = isDone || !isInProgress(message.status);
    if (hasEnded) subscription.close();
    else if (isIncomplete) subscription.startOver();
    if (message !== reported) onChange({ ...message, siblings, siblingIds }, hasEnded);
    reported = message;
  });

  subscription.open();
  return () => {
    report.cancel();
    subscription.close();
  };
}
