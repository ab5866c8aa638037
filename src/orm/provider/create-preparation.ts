import type { ChatRequest, Provider, ThinkingConfig } from "@node-llm/core";
import { toWireMessages } from "./wire-messages.ts";

/** The requests of one turn as the provider takes them. */
export function createPreparation(provider: Provider): (request: ChatRequest) => ChatRequest {
  // Core leaves both out when it calls again after tools.
  let thinking: ThinkingConfig | undefined;
  let headers: Record<string, string> | undefined;
  return (request) => {
    thinking = request.thinking ?? thinking;
    headers = { ...request.headers, ...headers };
    const { tools, max_tokens: maxTokens, ...rest } = request;
    const budget = takesBudget.has(provider.id.toLowerCase()) ? (thinking?.budget ?? 0) : 0;
    return {
      ...rest,
      headers,
      messages: toWireMessages(request.messages, provider.id),
      ...(thinking === undefined ? {} : { thinking }),
      // An empty list of tools is refused.
      ...(tools === undefined || tools.length === 0 ? {} : { tools }),
      // The budget counts towards the limit: a limit below it is refused.
      ...(maxTokens === undefined
        ? {}
        : { max_tokens: maxTokens <= budget ? budget + maxTokens : maxTokens }),
    };
  };
}

/** The providers to which core sends the thinking budget. */
const takesBudget: ReadonlySet<string> = new Set(["anthropic", "bedrock"]);
