import type {
  ChatChunk,
  ChatRequest,
  ChatResponse,
  Provider,
  ProviderCapabilities,
} from "@node-llm/core";
import { ModelRegistry } from "@node-llm/core";
import { abortable, abortReason } from "../../shared/abortable.ts";
import type { AnthropicExchange } from "./wire/anthropic-exchange.ts";
import { createPreparation } from "./create-preparation.ts";
import { openCall } from "./open-call.ts";
import type { ProviderObserver } from "./provider-observer.ts";
import { reportChunk } from "./report-chunk.ts";
import { reportToolCalls, toolCallsOf } from "./report-tool-calls.ts";
import { toStorable } from "../database/storable-text.ts";
import { streamCall } from "./stream-call.ts";
import { StreamedText, storableThinking } from "./streamed-text.ts";
import { withSignal } from "./with-signal.ts";

/**
 * The provider as core calls it, with each call observed: timed and recorded, its text reported once and
 * in order, ended by the turn's signal, and not taken for complete when its stream broke off.
 */
export function instrumentProvider(provider: Provider, observer: ProviderObserver): Provider {
  const prepare = createPreparation(provider);
  return {
    id: provider.id,
    chat: async (request) => {
      observer.onCall();
      const halt = observer.takeHalt();
      if (halt !== null)
        return reportResponse(observer, { content: halt, finish_reason: "tool_halt" }, null);
      const response = await chat(provider, observer, prepare(request));
      return reportResponse(observer, response.response, response.exchange);
    },
    stream: async function* (given) {
      const approved = observer.continued?.takeCalls(given.messages) ?? [];
      if (approved.length > 0) {
        yield { content: "", tool_calls: [...approved] };
        return;
      }
      observer.onCall();
      if (observer.isWaiting()) return;
      const halt = observer.takeHalt();
      const messages = observer.continued?.complete(given.messages) ?? given.messages;
      const request = { ...given, messages };
      if (halt !== null) yield* reportChunk(observer, { content: halt }, new StreamedText());
      else if (provider.stream === undefined) {
        const { response, exchange } = await chat(provider, observer, prepare(request));
        const texts = new StreamedText();
        for (const chunk of responseChunks(response)) yield* reportChunk(observer, chunk, texts);
        yield* reportChunk(observer, texts.end(), texts);
        yield* reportToolCalls(observer, response.tool_calls, exchange);
        if (response.usage !== undefined) yield { content: "", usage: response.usage };
      } else yield* streamCall(provider, observer, prepare(request));
    },
    defaultModel: (feature) => provider.defaultModel(feature),
    ...(provider.capabilities === undefined
      ? {}
      : { capabilities: trustUnknownModels(provider.capabilities) }),
    formatToolResultMessage: (toolCallId, content, options) => {
      const { isError } = observer.onToolAnswer(toolCallId, content);
      return provider.formatToolResultMessage(
        toolCallId,
        content,
        isError ? { ...options, isError } : options,
      );
    },
  };
}

/** Core refuses tools and images for each model that is not in its list. Whether they work is the provider's to say. */
function trustUnknownModels(capabilities: ProviderCapabilities): ProviderCapabilities {
  const isUnknown = (model: string): boolean => ModelRegistry.find(model) === undefined;
  return Object.assign(Object.create(capabilities) as ProviderCapabilities, {
    supportsTools: (model: string) => capabilities.supportsTools(model) || isUnknown(model),
    supportsVision: (model: string) => capabilities.supportsVision(model) || isUnknown(model),
    supportsStructuredOutput: (model: string) =>
      capabilities.supportsStructuredOutput(model) || isUnknown(model),
  });
}

async function chat(
  provider: Provider,
  observer: ProviderObserver,
  request: ChatRequest,
): Promise<{ response: ChatResponse; exchange: AnthropicExchange | null }> {
  observer.signal.throwIfAborted();
  const { call, exchange, record } = openCall(provider, observer, request, {
    signal: observer.signal,
  });
  try {
    const response = await abortable(
      call.run(() => provider.chat(withSignal(request, observer.signal))),
      observer.signal,
    );
    await record.end(response.usage);
    return { response, exchange };
  } catch (error) {
    const reason: unknown = observer.signal.aborted ? abortReason(observer.signal) : error;
    await record.fail(reason);
    throw reason;
  } finally {
    call.end();
  }
}

async function reportResponse(
  observer: ProviderObserver,
  response: ChatResponse,
  exchange: AnthropicExchange | null,
): Promise<ChatResponse> {
  const content = response.content === null ? null : toStorable(response.content);
  const calls = toolCallsOf(response.tool_calls, observer, exchange);
  for (const thinking of thinkingOf(response, exchange))
    observer.onThinking(storableThinking(thinking));
  if (content) observer.onText(content);
  if (calls === undefined) return { ...response, content };
  return { ...response, content, tool_calls: [...(await observer.onToolCalls(calls))] };
}

/** Core joins the thinking of a response to one text, with the last one of its signatures. */
function thinkingOf(response: ChatResponse, exchange: AnthropicExchange | null) {
  const blocks = (exchange?.thinking ?? []).filter((block) => block.type === "thinking");
  if (blocks.length > 1)
    return blocks.map(({ thinking, signature }) => ({ text: thinking, signature }));
  const thinking =
    response.thinking ?? (response.reasoning ? { text: response.reasoning } : undefined);
  return thinking === undefined ? [] : [thinking];
}

function responseChunks(response: ChatResponse): ChatChunk[] {
  const { content, thinking, reasoning } = response;
  const chunks: ChatChunk[] = [];
  if (thinking !== undefined) chunks.push({ content: "", thinking });
  else if (reasoning) chunks.push({ content: "", reasoning });
  if (content) chunks.push({ content });
  return chunks;
}
