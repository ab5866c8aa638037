import type { ChatChunk, ChatRequest, Provider } from "@node-llm/core";
import { ChatError } from "../../chat/chat-error.ts";
import { abortError, Waiter } from "../../shared/abortable.ts";
import type { ProviderCall } from "./wire/provider-fetch.ts";
import { withSignal } from "./with-signal.ts";

/** Reads the provider's stream; each wait ends when the turn is aborted or the stream stalls. */
export async function* pullChunks(
  provider: Provider,
  request: ChatRequest,
  call: ProviderCall,
  stalled: AbortController,
  idleTimeout: number,
): AsyncGenerator<ChatChunk, void, undefined> {
  const source = call.run(() => provider.stream?.(withSignal(request, call.signal)));
  if (source === undefined) return;
  const iterator = call.run(() => source[Symbol.asyncIterator]());
  const waiter = new Waiter(call.signal);
  let isWaiting = true;
  const timer = setTimeout(() => {
    if (isWaiting) stalled.abort(stall(idleTimeout));
  }, idleTimeout);
  let isDone = false;
  try {
    for (;;) {
      isWaiting = true;
      timer.refresh();
      const next = await waiter.wait(call.run(() => iterator.next()));
      isWaiting = false;
      if (next.done === true) {
        isDone = true;
        return;
      }
      yield next.value;
    }
  } catch (error) {
    // The provider's own failure: it has ended its request.
    isDone = !call.signal.aborted;
    throw error;
  } finally {
    clearTimeout(timer);
    waiter.end();
    if (!isDone) {
      if (!call.signal.aborted) stalled.abort(abortError());
      // Not awaited: a generator that waits for its provider takes the return only when that answers.
      call.run(() => iterator.return?.(undefined))?.catch(() => undefined);
    }
  }
}

function stall(idleTimeout: number): ChatError {
  return new ChatError(
    "STREAM_STALLED",
    `The model sent nothing for ${idleTimeout / 1000} s, and the request was ended. Try again.`,
  );
}
