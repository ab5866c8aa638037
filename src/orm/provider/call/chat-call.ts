import type { ChatRequest, ChatResponse, Provider, ThinkingResult, Usage } from "@node-llm/core";
import { abortable, abortReason } from "../../../shared/abortable.ts";
import type { FinishReason } from "../../../chat/chat-message.ts";
import type { CallObserver } from "./call-observer.ts";
import { isCoreMethod } from "./core-providers.ts";
import { incompleteError, openCall } from "./open-call.ts";
import { withSignal } from "../prepare-request.ts";
import { requireAnswer } from "./require-answer.ts";
import type { RetryAfter } from "./retry-after.ts";
import { toFinishReason } from "../wire/finish-words.ts";
import type { WireAnswer } from "../wire/wire-answer.ts";
import { toCoreUsage } from "../wire/wire-usage.ts";

/** A response with each piece of thinking, and why it ended. */
export interface CallResponse {
  readonly response: ChatResponse;
  /** Core's response has all of it as one text, with the last signature. */
  readonly thinking: readonly ThinkingResult[];
  readonly finishReason: FinishReason | null;
}

interface ChatCallOptions {
  readonly retryAfter: RetryAfter;
  /** Whether the provider may say nothing, because a tool has run. */
  readonly hasToolResults?: boolean;
}

/** Calls the provider's `chat`. */
export async function chatCall(
  provider: Provider,
  observer: CallObserver,
  request: ChatRequest,
  { retryAfter, hasToolResults = false }: ChatCallOptions,
): Promise<CallResponse> {
  const { signal } = observer;
  signal.throwIfAborted();
  await retryAfter.wait(signal);
  const { call, record } = openCall(provider, observer, request, { signal, method: "chat" });
  let usage: Usage | undefined;
  try {
    const given = await abortable(
      call.run(() => provider.chat(withSignal(request, signal))),
      signal,
    );
    const { answer } = call;
    const isCutOff = answer !== null && answer.isReadable && !answer.isFinished;
    if (isCutOff && isCoreMethod(provider, "chat")) throw incompleteError();
    const result =
      answer !== null && isCoreMethod(provider, "chat")
        ? readResponse(answer, provider.id, request.model)
        : foreignResponse(given, answer);
    const { response, finishReason } = result;
    usage = response.usage;
    requireAnswer(
      {
        hasText: (response.content ?? "").trim() !== "",
        hasThinking: result.thinking.some(({ text }) => text),
        hasToolCalls: (response.tool_calls?.length ?? 0) > 0,
        finishReason,
      },
      hasToolResults,
    );
    await record.end(usage);
    return result;
  } catch (error) {
    const reason: unknown = signal.aborted ? abortReason(signal) : error;
    retryAfter.note(reason, call.retryAfterMs);
    await record.fail(reason, usage);
    throw reason;
  } finally {
    call.end();
  }
}

/** The response as this package has read it. */
function readResponse(answer: WireAnswer, provider: string, model: string): CallResponse {
  const pieces = answer.takePieces();
  const content = pieces.map(({ type, text }) => (type === "text" ? text : "")).join("");
  const thinking: { text?: string; signature?: string; tokens?: number }[] = [];
  for (const { type, text } of pieces) {
    const last = thinking.at(-1);
    if (type === "thinking") thinking.push({ text });
    else if (type === "signature" && last !== undefined) last.signature = text;
  }
  const all = thinking.map(({ text = "" }) => text).join("");
  const signature = thinking.at(-1)?.signature;
  const { usage, toolCalls, finishReason, attachments } = answer;
  const tokens = usage?.reasoningTokens ?? null;
  if (tokens !== null) thinking.push({ tokens });
  const response: ChatResponse = {
    content: content === "" ? null : content,
    ...(all === ""
      ? {}
      : { reasoning: all, thinking: { text: all, ...(signature && { signature }) } }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
    ...(usage === null ? {} : { usage: toCoreUsage(usage, model, provider) }),
    ...(attachments.length === 0 ? {} : { attachments }),
    finish_reason: finishReason,
  };
  return { response, thinking, finishReason };
}

/** The response of an app's own provider. */
function foreignResponse(response: ChatResponse, answer: WireAnswer | null): CallResponse {
  const { thinking = response.reasoning ? { text: response.reasoning } : undefined } = response;
  return {
    response,
    thinking: thinking === undefined ? [] : [thinking],
    finishReason: toFinishReason(response.finish_reason) ?? answer?.finishReason ?? null,
  };
}
