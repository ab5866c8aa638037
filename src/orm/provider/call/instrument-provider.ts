import type {
  ChatChunk,
  ChatRequest,
  ChatResponse,
  Message,
  Provider,
  ProviderCapabilities,
} from "@node-llm/core";
import { ModelRegistry } from "@node-llm/core";
import { toStorable } from "../../../chat/storable-text.ts";
import type { AnswerObserver, CallObserver } from "./call-observer.ts";
import { chatCall } from "./chat-call.ts";
import { createCompletion, prepareRequest } from "../prepare-request.ts";
import type { FallbackModel } from "../resolve-llm.ts";
import type { ModelCall } from "./model-chain.ts";
import { ModelChain } from "./model-chain.ts";
import { readsImages } from "../file-parts.ts";
import { reportChunk, reportToolCalls, toolCallsOf } from "./report-chunk.ts";
import { streamCall } from "./stream-call.ts";
import { RetryAfter } from "./retry-after.ts";
import { StreamedText, storableThinking } from "./streamed-text.ts";

/** The provider for one question without tools or a stream. Its calls are recorded and end with the signal. */
export function recordProvider(provider: Provider, observer: CallObserver): Provider {
  const complete = createCompletion();
  const retryAfter = new RetryAfter();
  return {
    id: provider.id,
    chat: async (given) => {
      const request = prepareRequest(complete(given), provider);
      const { response } = await chatCall(provider, observer, request, { retryAfter });
      // A model may make calls although it was given no tools. Core is not to run them.
      const { tool_calls: _calls, content, ...rest } = response;
      return { ...rest, content: content === null ? null : toStorable(content) };
    },
    defaultModel: (feature) => provider.defaultModel(feature),
    ...(provider.capabilities === undefined
      ? {}
      : { capabilities: trustUnknownModels(provider.capabilities) }),
    formatToolResultMessage: (toolCallId, content, options) =>
      provider.formatToolResultMessage(toolCallId, content, options),
  };
}

/**
 * The provider as core calls it for an answer. Each call is timed and recorded, its text is reported once and in order,
 * it ends with the turn's signal, and a stream that breaks off is not taken for a complete one.
 *
 * @param fallback the models to call when the one that core asks for cannot answer.
 */
export function instrumentProvider(
  provider: Provider,
  observer: AnswerObserver,
  fallback: readonly FallbackModel[] = [],
): Provider {
  const chain = new ModelChain(provider, fallback, observer);
  return Object.assign(recordProvider(provider, observer), {
    chat: async (request: ChatRequest): Promise<ChatResponse> => {
      observer.onCall();
      const halt = observer.takeHalt();
      if (halt === null) {
        await observer.admit(request, { model: request.model, provider: provider.id });
        return chain.chat(request, readResponse);
      }
      observer.onText(toStorable(halt));
      return { content: halt, finish_reason: "tool_halt" };
    },
    stream: (given: ChatRequest) => streamAnswer(given, { provider, observer, chain }),
    formatToolResultMessage: (
      toolCallId: string,
      content: string,
      options?: { readonly isError?: boolean },
    ): Message => {
      const told = observer.onToolAnswer(toolCallId, content);
      return provider.formatToolResultMessage(
        toolCallId,
        told.content,
        told.isError ? { ...options, isError: true } : options,
      );
    },
  });
}

interface AnswerModels {
  readonly provider: Provider;
  readonly observer: AnswerObserver;
  readonly chain: ModelChain;
}

/** The chunks of one step of an answer. */
async function* streamAnswer(
  given: ChatRequest,
  { provider, observer, chain }: AnswerModels,
): AsyncGenerator<ChatChunk, void, undefined> {
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
  if (halt !== null) {
    yield* reportChunk(observer, { content: halt }, new StreamedText());
    return;
  }
  await observer.admit(request, { model: request.model, provider: provider.id });
  yield* chain.stream(request, readStream);
}

/** The chunks of a call. */
function readStream(call: ModelCall): AsyncGenerator<ChatChunk, void, undefined> {
  const { provider, observer, request } = call;
  return provider.stream === undefined
    ? streamWhole(call)
    : streamCall(provider, observer, request);
}

/** The chunks of a provider that has no streams. */
async function* streamWhole({ observer, chat }: ModelCall) {
  const { response, finishReason } = await chat();
  observer.onFinish(finishReason);
  const texts = new StreamedText();
  for (const chunk of responseChunks(response)) yield* reportChunk(observer, chunk, texts);
  yield* reportChunk(observer, texts.end(), texts);
  yield* reportToolCalls(observer, response.tool_calls);
  if (response.usage !== undefined) yield { content: "", usage: response.usage };
}

/** Core refuses tools and images for models that are not in its list, although the provider may support them. */
function trustUnknownModels(capabilities: ProviderCapabilities): ProviderCapabilities {
  const isUnknown = (model: string): boolean => ModelRegistry.find(model) === undefined;
  const trusting: Partial<ProviderCapabilities> = {
    supportsTools: (model) => capabilities.supportsTools(model) || isUnknown(model),
    supportsVision: (model) => readsImages(capabilities, model),
    supportsStructuredOutput: (model) =>
      capabilities.supportsStructuredOutput(model) || isUnknown(model),
  };
  // Not assigned, because a provider may have frozen its own.
  return Object.create(capabilities, Object.getOwnPropertyDescriptors(trusting));
}

async function readResponse({ observer, chat }: ModelCall): Promise<ChatResponse> {
  const { response, thinking, finishReason } = await chat();
  observer.onFinish(finishReason);
  const content = response.content === null ? null : toStorable(response.content);
  const calls = toolCallsOf(response.tool_calls, observer);
  for (const piece of thinking) observer.onThinking(storableThinking(piece));
  if (content) observer.onText(content);
  if (calls === undefined) return { ...response, content };
  return { ...response, content, tool_calls: [...(await observer.onToolCalls(calls))] };
}

function responseChunks(response: ChatResponse): ChatChunk[] {
  const { content, thinking, reasoning } = response;
  const chunks: ChatChunk[] = [];
  if (thinking !== undefined) chunks.push({ content: "", thinking });
  else if (reasoning) chunks.push({ content: "", reasoning });
  if (content) chunks.push({ content });
  return chunks;
}
