import type { ChatEvent, ChatMessage } from "node-llm-trpc/server";
import { applyEvent, hasGap } from "../../../src/chat/apply-event.ts";
import type { Instance } from "../servers/start-instances.ts";
import { everyone } from "../servers/everyone.ts";

export interface Received {
  readonly id: string;
  readonly event: ChatEvent;
}

/** A tab that reads an answer, and throws when its text shrinks, has a gap, or arrives twice. */
export class Tab {
  readonly received: Received[] = [];
  readonly #instance: Instance;
  readonly #messageId: string;
  #message: ChatMessage | null = null;
  #lastEventId: string | null = null;
  /**
   * The calls that came once more since this tab has resumed. A copy of the answer that was made after the tab's last
   * event does not know in which order calls began and ended, and sends all of them.
   */
  readonly #repeated = new Set<string>();

  constructor(instance: Instance, messageId: string) {
    this.#instance = instance;
    this.#messageId = messageId;
  }

  get message(): ChatMessage | null {
    return this.#message;
  }

  get events(): readonly ChatEvent[] {
    return this.received.map(({ event }) => event);
  }

  /** Reads until `until` returns true, or to the end. The next call resumes after the last event. */
  async read(
    until: (message: ChatMessage) => boolean = () => false,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<ChatMessage | null> {
    this.#repeated.clear();
    const input = { messageId: this.#messageId, lastEventId: this.#lastEventId };
    for await (const { id, data } of this.#instance.stream(everyone, input, signal)) {
      this.#take(id, data);
      if (this.#message !== null && until(this.#message)) break;
    }
    return this.#message;
  }

  #take(id: string, event: ChatEvent): void {
    const before = this.#message;
    if (event.type === "snapshot") this.#message = event.message;
    else if (event.type === "done") this.#message = event.message;
    else {
      if (before === null) throw new Error(`The first event is of type ${event.type}.`);
      if (hasGap(before, event)) throw new Error(`A gap before ${JSON.stringify(event)}.`);
      this.#message = applyEvent(before, event);
      if (this.#message === before && !this.#isFirstRepeat(event))
        throw new Error(`Came twice: ${JSON.stringify(event)} at ${before.content.length}`);
    }
    if (before !== null && this.#message.content.length < before.content.length)
      throw new Error(`The text shrank from ${before.content.length} by ${event.type}.`);
    this.#lastEventId = id;
    this.received.push({ id, event });
  }

  #isFirstRepeat(event: ChatEvent): boolean {
    if (event.type !== "tool") return false;
    const { toolCallId } = event.toolCall;
    if (this.#repeated.has(toolCallId)) return false;
    this.#repeated.add(toolCallId);
    return true;
  }
}

/** Returns a function that is true of a message with exactly this text. */
export const showsText =
  (text: string) =>
  (message: ChatMessage): boolean =>
    message.content === text;
