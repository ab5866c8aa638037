import type { ChatChunk, ChatRequest, Provider } from "@node-llm/core";
import { Waiter } from "../../../shared/abortable.ts";
import { timerDelay } from "../../../shared/timer-delay.ts";
import { withSignal } from "../prepare-request.ts";
import type { ProviderCall } from "./provider-call.ts";
import type { WirePiece, WrittenPiece } from "../wire/wire-answer.ts";

/** A chunk of a stream, or a piece of the arguments of a tool call, of which core learns when it is whole. */
export type SourceChunk =
  | (ChatChunk & { readonly written?: undefined })
  | { readonly written: WrittenPiece; readonly text: string };

/**
 * The chunks of one stream. Core's provider makes the request; once it has a response, the chunks come from this
 * package's own reader, and core's finds nothing to read. An app's own provider yields its chunks itself.
 */
export class ChunkSource {
  /** The stream has ended or failed. */
  isDone = false;
  readonly #call: ProviderCall;
  /** Null without a stream, and when core's is not needed any more. */
  #iterator: AsyncIterator<ChatChunk> | null;
  readonly #waiter: Waiter;
  /** Null when an app's own code is not waited for any more. */
  #idleTimer: NodeJS.Timeout | null;
  #isWaiting = false;
  /** The request of the call may still be answered for this package to read. */
  #mayOpen = true;

  /** @param onIdle called when an app's own provider has yielded nothing for `idleTimeout` milliseconds. */
  constructor(
    provider: Provider,
    request: ChatRequest,
    call: ProviderCall,
    { idleTimeout, onIdle }: { readonly idleTimeout: number; readonly onIdle: () => void },
  ) {
    this.#call = call;
    this.#waiter = new Waiter(call.signal);
    this.#idleTimer = setTimeout(() => {
      if (this.#isWaiting) onIdle();
    }, timerDelay(idleTimeout));
    this.#iterator = call.run(() => iterate(provider, withSignal(request, call.signal)));
  }

  /**
   * Waits for the next chunks.
   *
   * @returns null at the end.
   */
  async next(): Promise<readonly SourceChunk[] | null> {
    const { stream } = this.#call;
    try {
      const chunks =
        stream === null
          ? await this.#waiter.wait(this.#nextOfProvider())
          : toChunks(await this.#waiter.wait(stream.next()));
      this.isDone = chunks === null;
      return chunks;
    } catch (error) {
      // Unless the call was aborted, the provider has failed and ended its request.
      this.isDone = !this.#call.signal.aborted;
      throw error;
    }
  }

  /** Ends the provider's own code. */
  close(): void {
    this.#waiter.end();
    this.#endProvider();
  }

  #endProvider(): void {
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
    // Not awaited, because a generator that waits for its API returns only when that responds.
    this.#call.run(() => this.#iterator?.return?.(undefined))?.catch(() => undefined);
    this.#iterator = null;
  }

  async #nextOfProvider(): Promise<readonly SourceChunk[] | null> {
    const iterator = this.#iterator;
    const call = this.#call;
    if (iterator === null) return null;
    this.#isWaiting = true;
    this.#idleTimer?.refresh();
    const own = call.run(() => iterator.next());
    // When this package reads the response, core's code ends after that, and its outcome is of no interest.
    own.catch(() => undefined);
    const next = await (this.#mayOpen ? Promise.race([own, call.opened]) : own);
    this.#isWaiting = false;
    this.#mayOpen = false;
    if (call.stream !== null) {
      this.#endProvider();
      return toChunks(await call.stream.next());
    }
    return next === undefined || next.done === true ? null : [next.value];
  }
}

/** What throws before it has a stream fails as a stream does. Null without a stream. */
function iterate(provider: Provider, request: ChatRequest): AsyncIterator<ChatChunk> | null {
  try {
    return provider.stream?.(request)[Symbol.asyncIterator]() ?? null;
  } catch (error) {
    return { next: () => Promise.reject(error) };
  }
}

function toChunks(pieces: readonly WirePiece[] | null): readonly SourceChunk[] | null {
  return pieces === null ? null : pieces.map(toChunk);
}

function toChunk(piece: WirePiece): SourceChunk {
  const { type, text } = piece;
  if (type === "call") return { written: piece.call, text };
  if (type === "text") return { content: text };
  return { content: "", thinking: type === "thinking" ? { text } : { signature: text } };
}
