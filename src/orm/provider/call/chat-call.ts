import type { ChatRequest, ChatResponse, Provider } from "@node-llm/core";
import { abortable, abortReason } from "../../../shared/abortable.ts";
import type { CallObserver } from "./call-observer.ts";
import { openCall } from "./open-call.ts";
import { withSignal } from "../prepare-request.ts";
import type { AnthropicExchange } from "../wire/anthropic-exchange.ts";

/** Calls the provider's `chat`. */
export async function chatCall(
  provider: Provider,
  observer: CallObserver,
  request: ChatRequest,
): Promise<{ response: ChatResponse; exchange: AnthropicExchange | null }> {
  const { signal } = observer;
  signal.throwIfAborted();
  const { call, exchange, record } = openCall(provider, observer, request, { signal });
  try {
    const response = await abortable(
      call.run(() => provider.chat(withSignal(request, signal))),
      signal,
    );
    await record.end(response.usage);
    return { response, exchange };
  } catch (error) {
    const reason: unknown = signal.aborted ? abortReason(signal) : error;
    await record.fail(reason);
    throw reason;
  } finally {
    call.end();
  }
}
