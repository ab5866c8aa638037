import { applyEvent, hasGap } from "../../chat/apply-event.ts";
import type { ChatEvent } from "../../chat/chat-event.ts";
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
  /** What has arrived but is not applied yet: texts that follow each other are joined, which costs less than applying each. */
  let waiting: ChatEvent | undefined;
  const subscription = createReconnectingSubscription({
    ...options,
    onData({ data }: TrackedEvent) {
      if (
        "at" in data &&
        waiting?.type === data.type &&
        waiting.at + waiting.text.length === data.at
      ) {
        waiting = { ...waiting, text: waiting.text + data.text };
      } else {
        apply();
        waiting = data;
      }
      if (data.type === "done") subscription.close();
      report.schedule();
    },
  });
  const report = createFrameTask(() => {
    const isDone = waiting?.type === "done";
    apply();
    const hasEnded = isDone || !isInProgress(message.status);
    if (hasEnded) subscription.close();
    if (message !== reported) onChange({ ...message, siblings, siblingIds }, hasEnded);
    reported = message;
  });

  function apply(): void {
    if (!waiting) return;
    if (hasGap(message, waiting)) subscription.startOver();
    message = applyEvent(message, waiting);
    waiting = undefined;
  }

  subscription.open();
  return () => {
    report.cancel();
    subscription.close();
  };
}
