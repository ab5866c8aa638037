import type { JsonRecord } from "../../../shared/json-value.ts";
import {
  asArray,
  asNumber,
  asRecord,
  asText,
  isRecord,
  parseJson,
} from "../../../shared/json-value.ts";
import { carriedBy, carriedByMessage } from "./carried.ts";
import type { DialectReader, RequestRewriter } from "./dialect.ts";
import { applyFinishWord } from "./finish-words.ts";
import type { ToolCallDelta, WireAnswer } from "./wire-answer.ts";
import type { CallTarget } from "./wire-error.ts";
import { readWireError } from "./wire-error.ts";
import type { WireUsage } from "./wire-usage.ts";
import { asAmount, asTokens } from "./wire-usage.ts";

/**
 * Reads chat completions, as OpenAI and the many servers that speak its format send them: Mistral, DeepSeek, xAI,
 * OpenRouter, Ollama, vLLM, llama.cpp, LM Studio, Groq, and gateways.
 */
export class OpenAIReader implements DialectReader {
  readonly #answer: WireAnswer;
  readonly #target: CallTarget;
  /** The details of OpenRouter's reasoning, which go back as they came. */
  readonly #details: Record<string, unknown>[] = [];

  constructor(answer: WireAnswer, target: CallTarget) {
    this.#answer = answer;
    this.#target = target;
  }

  readEvent(json: unknown): void {
    if (!isRecord(json)) return;
    const answer = this.#answer;
    const error = readWireError(json, this.#target);
    const { choices } = json;
    if (error !== null || Array.isArray(choices) || isRecord(json["usage"]))
      answer.isReadable = true;
    // Only the first choice is an answer; a request for several would be the app's own.
    const choice = asArray(choices).find((one) => !(asNumber(asRecord(one)["index"]) > 0));
    if (isRecord(choice)) this.#readChoice(choice, error);
    const usage = json["usage"] ?? asRecord(json["x_groq"])["usage"];
    if (isRecord(usage)) answer.addUsage(readUsage(usage));
    if (error !== null) answer.fail(error);
  }

  /** @param eventError the error beside the choice, which says more than its reason for the end. */
  #readChoice(choice: JsonRecord, eventError: Error | null): void {
    const answer = this.#answer;
    // A whole completion has a `message`, also when a stream was asked for.
    const delta = choice["delta"] ?? choice["message"];
    if (isRecord(delta)) this.#readDelta(delta);
    // Moonshot has the usage here.
    if (isRecord(choice["usage"])) answer.addUsage(readUsage(choice["usage"]));
    const error = eventError ?? readWireError(choice, this.#target);
    if (error !== null) answer.fail(error);
    applyFinishWord(answer, choice["finish_reason"], this.#target);
  }

  #readDelta(delta: JsonRecord): void {
    const answer = this.#answer;
    const { content, refusal } = delta;
    this.#readReasoning(delta);
    // By far the most frequent form comes first.
    if (typeof content === "string") answer.appendText(content);
    else if (content !== null && content !== undefined) readParts(answer, content);
    if (typeof refusal === "string" && refusal !== "") readRefusal(answer, refusal);
    for (const call of asArray(delta["tool_calls"])) if (isRecord(call)) readToolCall(answer, call);
    const legacy = delta["function_call"];
    if (isRecord(legacy)) answer.addToolCall({ index: 0, ...functionOf(legacy) });
  }

  #readReasoning(delta: JsonRecord): void {
    const details = asArray(delta["reasoning_details"]);
    let text = "";
    for (const field of reasoningFields) text ||= asText(delta[field]);
    text ||= details.map((detail) => detailText(asRecord(detail))).join("");
    if (text !== "") this.#answer.appendReasoning(text);
    for (const detail of details) if (isRecord(detail)) this.#addDetail(detail);
  }

  /** Pieces of one detail have the same index. */
  #addDetail(detail: JsonRecord): void {
    const last = this.#details.at(-1);
    const isSame = last?.["type"] === detail["type"] && last?.["index"] === detail["index"];
    if (last === undefined || !isSame) this.#details.push({ ...detail });
    else {
      for (const [key, value] of Object.entries(detail)) {
        const isText = key === "text" || key === "summary" || key === "data";
        if (isText) last[key] = asText(last[key]) + asText(value);
        else if (value !== null) last[key] = value;
      }
    }
    this.#answer.setMessageFields({ reasoning_details: this.#details });
  }
}

/** The fields that hold thinking. A server may send the same text in two of them. */
const reasoningFields = ["reasoning_content", "reasoning", "thinking"];

/** https://openrouter.ai/docs/use-cases/reasoning-tokens. */
function detailText(detail: JsonRecord): string {
  return asText(detail["text"]) || asText(detail["summary"]);
}

/** Content as parts: Magistral, https://docs.mistral.ai/capabilities/reasoning, and some gateways. */
function readParts(answer: WireAnswer, content: unknown): void {
  for (const part of Array.isArray(content) ? content : [content]) {
    if (typeof part === "string") answer.appendText(part);
    if (!isRecord(part)) continue;
    if (part["type"] === "thinking") {
      const { thinking } = part;
      for (const piece of Array.isArray(thinking) ? thinking : [thinking])
        answer.appendThinking(asText(piece) || asText(asRecord(piece)["text"]));
    } else if (part["type"] === "refusal") readRefusal(answer, asText(part["refusal"]));
    else answer.appendText(asText(part["text"]));
  }
}

function readRefusal(answer: WireAnswer, words: string): void {
  answer.refuse();
  answer.appendText(words);
}

function readToolCall(answer: WireAnswer, call: JsonRecord): void {
  const { id, index } = call;
  // Gemini's signature, through its OpenAI-compatible API: https://ai.google.dev/gemini-api/docs/thought-signatures.
  const extra = call["extra_content"];
  answer.addToolCall({
    id: typeof id === "number" ? String(id) : asText(id),
    index: typeof index === "number" ? index : null,
    ...functionOf(asRecord(call["function"])),
    ...(isRecord(extra) ? { carried: { call: { extra_content: extra } } } : {}),
  });
}

function functionOf({ name, arguments: args }: JsonRecord): ToolCallDelta {
  return { name: asText(name), arguments: isRecord(args) ? JSON.stringify(args) : asText(args) };
}

function readUsage(usage: JsonRecord): WireUsage {
  const details = asRecord(usage["prompt_tokens_details"] ?? usage["input_tokens_details"]);
  return {
    inputTokens: asTokens(usage["prompt_tokens"] ?? usage["input_tokens"]),
    outputTokens: asTokens(usage["completion_tokens"] ?? usage["output_tokens"]),
    // DeepSeek: https://api-docs.deepseek.com/guides/kv_cache. Moonshot has it at the top.
    cachedTokens: asTokens(
      details["cached_tokens"] ?? usage["prompt_cache_hit_tokens"] ?? usage["cached_tokens"],
    ),
    cacheWriteTokens: null,
    reasoningTokens: asTokens(
      asRecord(usage["completion_tokens_details"] ?? usage["output_tokens_details"])[
        "reasoning_tokens"
      ],
    ),
    // OpenRouter: https://openrouter.ai/docs/use-cases/usage-accounting.
    cost: asAmount(usage["cost"]),
  };
}

/**
 * Puts what its provider wants back on the messages with tool calls, which are found by the ids of the calls. DeepSeek
 * wants its reasoning in all later turns too, and an empty one for calls of other providers: https://api-docs.deepseek.com/guides/thinking_mode#tool-calls.
 */
export const rewriteOpenAI: RequestRewriter = (text, { sent, returnsReasoning }) => {
  const fields = new Map<string, JsonRecord>();
  for (const message of sent) {
    const { reasoning = "", message: own = {} } = carriedByMessage(message);
    const id = message.tool_calls?.[0]?.id;
    const given = returnsReasoning ? { ...own, reasoning_content: reasoning } : own;
    if (id !== undefined && Object.keys(given).length > 0) fields.set(id, given);
  }
  const callFields = new Map<string, JsonRecord>();
  for (const call of sent.flatMap(({ tool_calls: calls = [] }) => calls)) {
    const { call: given } = carriedBy(call);
    if (given !== undefined) callFields.set(call.id, given);
  }
  if (fields.size === 0 && callFields.size === 0) return text;
  const body = asRecord(parseJson(text));
  const messages = asArray(body["messages"]).map((message) => {
    const calls = asArray(asRecord(message)["tool_calls"]).map(asRecord);
    if (calls.length === 0) return message;
    return {
      ...asRecord(message),
      ...fields.get(asText(calls[0]?.["id"])),
      tool_calls: calls.map((call) => ({ ...call, ...callFields.get(asText(call["id"])) })),
    };
  });
  return JSON.stringify({ ...body, messages });
};
