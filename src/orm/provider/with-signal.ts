import type { ChatRequest } from "@node-llm/core";

/** Not enumerable: Anthropic's provider copies what it does not know into the request's body. */
export function withSignal(request: ChatRequest, signal: AbortSignal): ChatRequest {
  return Object.defineProperty({ ...request }, "signal", { value: signal, enumerable: false });
}
