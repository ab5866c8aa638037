import { applyEvent, hasGap } from "../../../src/chat/apply-event.ts";
import type { TrackedEvent } from "../../../src/chat/chat-procedures.ts";
import type { ChatMessage } from "../../../src/chat/chat-message.ts";
import { isInProgress } from "../../../src/chat/chat-message.ts";
import type { SseConnection } from "../clients/open-sse.ts";
import { openSse, RefusedError } from "../clients/open-sse.ts";
import { Reading } from "./reading.ts";
import type { SeededRandom } from "../seeded-random.ts";
import type { ServerProcess } from "./server/server-process.ts";
import type { Sight, World } from "./world.ts";

interface ReaderOptions {
  readonly world: World;
  readonly random: SeededRandom;
  readonly userId: string;
  readonly sight: Sight;
  /** Approves or denies the calls that wait for approval. */
  readonly decide: (message: ChatMessage) => Promise<void>;
  /** The probability, at each event, that the reader's connection breaks. */
  readonly breaks: number;
}

/** A tab that shows one answer: it reads, loses its connection, continues on any instance, and checks each event. */
export class AnswerReader {
  readonly #options: ReaderOptions;
  readonly #reading: Reading;
  #message: ChatMessage;
  #lastEventId: string | undefined;
  /** How many characters this reader has been sent, as the server counts them. */
  #sent = 0;
  /** What happened to its connections, for the report of a violation. */
  readonly #history: string[] = [];

  constructor(message: ChatMessage, options: ReaderOptions) {
    this.#message = message;
    this.#options = options;
    this.#reading = new Reading(message.chatId, message.id);
    options.world.readings.push(this.#reading);
  }

  /** Reads to the end. Returns the answer as it ended, or null when it is gone. */
  async read(): Promise<ChatMessage | null> {
    const { world, random, userId } = this.#options;
    for (;;) {
      const since = Date.now();
      const instance = await world.instance(random);
      this.#reading.turnTo(instance, since);
      const leaving = new AbortController();
      try {
        const input = { messageId: this.#message.id, lastEventId: this.#lastEventId };
        this.#sent = Number(this.#lastEventId?.split(".")[0] ?? 0);
        const options = { userId, signal: leaving.signal };
        this.#note(`opens ${instance.url} after ${String(this.#lastEventId)}`);
        const connection = await openSse(instance.url, input, options);
        this.#note("is open");
        if (await this.#readConnection(connection, instance)) {
          if (this.#message.status !== "awaiting_approval") return this.#message;
          await this.#options.decide(this.#message);
          this.#note("continues");
          continue;
        }
      } catch (error) {
        if (error instanceof RefusedError && error.status === 404) return null;
        if (!isBrokenConnection(error) && !isDraining(error)) throw error;
      } finally {
        leaving.abort();
        this.#reading.leave();
      }
      this.#note("is broken");
      world.tally.reconnects++;
      await world.sleep(random.between(5, 60));
    }
  }

  /** Reads one connection. Returns true when the answer has ended. */
  async #readConnection({ events }: SseConnection, instance: ServerProcess): Promise<boolean> {
    const { random, breaks } = this.#options;
    for (;;) {
      const next = await events.next();
      if (next.done) return false;
      this.#take(next.value, instance);
      if (next.value.data.type === "done") return true;
      if (random.chance(breaks)) return false;
    }
  }

  #note(text: string): void {
    this.#history.push(`${Date.now()} ${text}`);
  }

  #take({ id, data: event }: TrackedEvent, instance: ServerProcess): void {
    const { world, sight } = this.#options;
    const before = this.#message;
    const where = (): string =>
      `${before.id} by ${event.type} at ${before.content.length}\n${this.#history.join("\n")}`;
    world.check(!hasGap(before, event), () => `A gap: ${where()}`);
    if (event.type === "snapshot") this.#sent = event.message.content.length;
    if (event.type === "text") {
      world.check(event.at === this.#sent, () => `At ${event.at}, not ${this.#sent}: ${where()}`);
      this.#sent = event.at + event.text.length;
    }
    this.#message = applyEvent(before, event);
    this.#lastEventId = id;
    const { content, status, toolCalls } = this.#message;
    const isLess = content.length < before.content.length && before.content.startsWith(content);
    // Half of a surrogate pair at the end is not stored.
    const isMore = content.startsWith(before.content.replace(/[\uD800-\uDBFF]$/, ""));
    const isCut = isLess && status === "interrupted";
    world.check(isMore || isCut, () => `The text changed, now ${status}: ${where()}`);
    if (status === "pending" || status === "streaming") this.#reading.inProgressAt = Date.now();
    if (status === "interrupted") this.#reading.interruptedAt ??= Date.now();
    if (!isInProgress(status)) return;
    sight.see(content.length);
    if (!world.hasSharedHub && event.type !== "tool") sight.sendBy(instance, this.#sent);
    for (const call of toolCalls)
      if (call.result !== null) sight.results.set(call.toolCallId, call.result);
  }
}

/** The instance is shutting down, and sends its readers elsewhere. */
const isDraining = (error: unknown): boolean =>
  error instanceof RefusedError && error.status === 503;

/** `fetch` throws such an error when no server answers, or when the connection breaks. */
function isBrokenConnection(error: unknown): boolean {
  if (error instanceof RefusedError) return false;
  for (let one = error; one instanceof Error; one = one.cause) {
    const code = "code" in one ? one.code : null;
    if (one instanceof TypeError || code === "ECONNREFUSED" || code === "ECONNRESET") return true;
    if (code === "UND_ERR_SOCKET" || one.name === "AbortError") return true;
  }
  return false;
}
