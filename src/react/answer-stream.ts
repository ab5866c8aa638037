import { applyEvent, hasGap } from "../chat/apply-event.ts";
import type { ChatEvent } from "../chat/chat-event.ts";
import type { ChatMessage } from "../chat/chat-message.ts";
import { isInProgress } from "../chat/chat-message.ts";
import type { TrackedEvent } from "../chat/chat-procedures.ts";
import type { LiveSubscriptionOptions } from "./live-subscription.ts";
import { LiveSubscription } from "./live-subscription.ts";
import { onNextFrame } from "./next-frame.ts";

export interface AnswerStreamOptions extends Omit<
  LiveSubscriptionOptions<TrackedEvent>,
  "onEvent"
> {
  /** The answer as far as it is known. */
  readonly message: ChatMessage;
  /**
   * At most once a frame, with the whole answer. The stream is closed the last time: the answer has a
   * final status, or waits for an approval.
   */
  readonly onChange: (message: ChatMessage) => void;
}

/** Follows one answer until it ends or waits for an approval, and folds what arrives once per frame. */
export class AnswerStream {
  readonly messageId: string;
  readonly #options: AnswerStreamOptions;
  readonly #subscription: LiveSubscription<TrackedEvent>;
  #message: ChatMessage;
  #events: ChatEvent[] = [];
  #isOpen = true;
  #cancelFrame: (() => void) | null = null;

  constructor(options: AnswerStreamOptions) {
    this.#options = options;
    this.#message = options.message;
    this.messageId = options.message.id;
    this.#subscription = new LiveSubscription({
      ...options,
      onEvent: ({ data }) => {
        if (data.type === "done") this.#subscription.close();
        this.#events.push(data);
        this.#cancelFrame ??= onNextFrame(() => this.#flush());
      },
      onRefused: (error) => {
        this.close();
        options.onRefused(error);
      },
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#subscription.open();
  }

  close(): void {
    this.#isOpen = false;
    this.#cancelFrame?.();
    this.#subscription.close();
  }

  #flush(): void {
    this.#cancelFrame = null;
    const events = this.#events;
    this.#events = [];
    let message = this.#message;
    let missed = false;
    let ended = false;
    for (const event of events) {
      ended = event.type === "done";
      if (ended || event.type === "snapshot") missed = false;
      else if (hasGap(message, event)) missed = true;
      message = applyEvent(message, event);
    }
    const changed = message !== this.#message;
    this.#message = message;
    if (changed) this.#subscription.progressed();
    if (ended || !isInProgress(message.status)) this.close();
    else if (missed) this.#subscription.startOver();
    if (changed) this.#options.onChange(message);
  }
}
